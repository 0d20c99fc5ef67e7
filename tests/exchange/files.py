"""Files of other tools that tests share."""

# Lauritzen and Spiegelhalter 1988, 10.1111/j.2517-6161.1988.tb01721.x, as in bnlearn's repository.
ASIA = """
network unknown {
}
variable asia { type discrete [ 2 ] { yes, no }; }
variable tub { type discrete [ 2 ] { yes, no }; }
variable smoke { type discrete [ 2 ] { yes, no }; }
variable lung { type discrete [ 2 ] { yes, no }; }
variable bronc { type discrete [ 2 ] { yes, no }; }
variable either { type discrete [ 2 ] { yes, no }; }
variable xray { type discrete [ 2 ] { yes, no }; }
variable dysp { type discrete [ 2 ] { yes, no }; }
probability ( asia ) { table 0.01, 0.99; }
probability ( tub | asia ) { (yes) 0.05, 0.95; (no) 0.01, 0.99; }
probability ( smoke ) { table 0.5, 0.5; }
probability ( lung | smoke ) { (yes) 0.1, 0.9; (no) 0.01, 0.99; }
probability ( bronc | smoke ) { (yes) 0.6, 0.4; (no) 0.3, 0.7; }
probability ( either | lung, tub ) {
  (yes, yes) 1.0, 0.0; (no, yes) 1.0, 0.0; (yes, no) 1.0, 0.0; (no, no) 0.0, 1.0;
}
probability ( xray | either ) { (yes) 0.98, 0.02; (no) 0.05, 0.95; }
probability ( dysp | bronc, either ) {
  (yes, yes) 0.9, 0.1; (no, yes) 0.7, 0.3; (yes, no) 0.8, 0.2; (no, no) 0.1, 0.9;
}
"""

# Three and four states, a parent with states that are no words of ours, and a table without its rows.
WEATHER = """
// a comment
network "the weather" { property author = someone; }
variable Sky { type discrete [3] { "clear", cloudy, "not" }; property position = (1, 2); }
variable Wind { type discrete [2] { low, high }; }
variable Trip { type discrete [4] { walk, bus, 3, taxi }; }
/* rows in any order */
probability (Sky) { table 0.5 0.3 0.2; }
probability (Wind | Sky) { table 0.9 0.5 0.25 0.1 0.5 0.75; }
probability (Trip | Sky, Wind) {
  default 0.25, 0.25, 0.25, 0.25;
  (clear, low) 0.7, 0.1, 0.2, 0;
  ("not", high) 0, 0, 0.125, 0.875;
}
"""

NETWORK = """<?xml version="1.0" encoding="UTF-8"?>
<smile version="1.0" id="Sprinkler" numsamples="1000">
  <nodes>
    <cpt id="Rain"><state id="yes"/><state id="no"/><probabilities>0.2 0.8</probabilities></cpt>
    <cpt id="Sprinkler"><state id="off"/><state id="low"/><state id="high"/><parents>Rain</parents>
      <probabilities>0.99 0.01 0 0.6 0.3 0.1</probabilities></cpt>
    <deterministic id="Wet"><state id="wet"/><state id="dry"/><parents>Sprinkler Rain</parents>
      <resultingstates>wet dry wet wet wet wet</resultingstates></deterministic>
  </nodes>
  <extensions><genie version="1.0"><node id="Rain"><name>It rains</name></node></genie></extensions>
</smile>
"""

# The sprinkler: P(wet) = sum over rain and sprinkler.
LAWN = """\
[Grass_Wet]: Moisture on the grass. {"instantiations": ["grass_wet_TRUE", "grass_wet_FALSE"], "posteriors": \
{"p(grass_wet_TRUE|sprinkler_TRUE, rain_TRUE)": "0.99", "p(grass_wet_TRUE|rain_FALSE,sprinkler_TRUE)": 0.9, \
"p(grass_wet_TRUE|sprinkler_FALSE,rain_TRUE)": "0.8", "p(grass_wet_TRUE|sprinkler_FALSE,rain_FALSE)": "0.0"}}
 + [Rain]: It rains. {"instantiations": ["rain_TRUE", "rain_FALSE"], "priors": {"p(rain_TRUE)": "0.2"}}
 + [Sprinkler]: It runs. {"instantiations": ["sprinkler_TRUE", "sprinkler_FALSE"], "posteriors": \
{"p(sprinkler_TRUE|rain_TRUE)": "0.01", "p(sprinkler_TRUE|rain_FALSE)": "0.4"}}
   - [Rain]
"""

GOALS = """
module: { name: pumps, brief: Pumps }
G1: { text: Cooling works, supportedBy: S1, inContextOf: [C1] }
C1: { text: Two trains }
S1: { text: By trains, supportedBy: [G2, G3] }
G2: { text: Train A works, supportedBy: [G4], inContextOf: J1 }
J1: { text: It has its own power }
G3: { text: Train B works, supportedBy: [Sn1], credence: 0.9 }
Sn1: { text: Test log of May }
G4: { text: Pump A works, undeveloped: true, credence: "{ beta = [9, 1] }" }
CG1: { text: The pump is old, challenges: G4 }
"""

TREE = """<opsa-mef><define-fault-tree name="t"><define-gate name="top"><or><basic-event name="c"/>
<atleast min="2"><basic-event name="a"/><basic-event name="b"/></atleast></or></define-gate>
<define-CCF-group name="g" model="MGL"><members><basic-event name="a"/><basic-event name="b"/></members>
<distribution><float value="0.1"/></distribution>
<factors><factor level="2"><float value="0.1"/></factor></factors>
</define-CCF-group></define-fault-tree><model-data><define-parameter name="p"><lognormal-deviate>
<float value="1e-3"/><float value="3"/><float value="0.95"/></lognormal-deviate></define-parameter>
<define-basic-event name="c"><GLM><float value="0.1"/><parameter name="p"/><float value="0.03"/>
<int value="3"/></GLM></define-basic-event></model-data></opsa-mef>"""
