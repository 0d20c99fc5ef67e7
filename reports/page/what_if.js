// What if: the diagram is swept for the probabilities that the levers set, at all points that the page carries.
const sensaWhatIf = [];
(() => {
  "use strict";
  const REST = 100; // ms without a move, after which all points, cases, shares and red strokes are computed
  const AT_ONCE = 100000; // nodes times points in a sweep while dragging: some 1 ms
  const ROUNDING = 1e-12; // what a margin may be off
  const KINDS = ["catastrophic", "fail_safe", "success"];
  const sections = [];

  // Numbers as the reports print them (number_format.py).
  const settled = x => +x.toPrecision(12);
  const decimals = (x, digits) =>
    Math.max(0, digits - 1 - Math.floor(Math.log10(+Math.abs(x).toExponential(digits - 1))));
  const power = (x, digits) => x.toExponential(digits - 1).replace("e+", "e");
  const significant = x => { const r = +settled(x).toExponential(1); return r.toFixed(decimals(r, 2)); };
  const percent = p => {
    if (p < 0) return p > -1e-12 ? "0\u00a0%" : "-" + percent(-p);
    p = p < 0.5 ? settled(p) : 1 - settled(1 - p);
    if (p <= 0 || p >= 1) return (100 * p).toFixed(0) + "\u00a0%";
    if (p < 1e-5) return power(p, 2);
    if (1 - p <= 1e-12) return "100\u00a0%";
    if (1 - p < 1e-5) return "1 - " + power(1 - p, 1);
    if (p < 0.95) return significant(100 * p) + "\u00a0%";
    return (100 * p).toFixed(Math.max(1, decimals(100 * (1 - p), 1))) + "\u00a0%";
  };
  const limitText = p => +(100 * p).toPrecision(6) + "\u00a0%";
  const shareText = x => (Math.abs(settled(x)) < 0.005 ? "<1" : settled(100 * x).toFixed(0)) + "\u00a0%";

  // The story's diagram: value = (1 - p) low + p high, node by node, at the first `count` points.
  const engine = data => {
    const n = data.points, draws = data.p.length, first = 2 + draws, nodes = data.variable.length;
    const columns = new Float32Array(Uint8Array.from(atob(data.columns), c => c.charCodeAt(0)).buffer);
    const [variable, low, high] = [data.variable, data.low, data.high].map(slots => Int32Array.from(slots, s => s * n));
    const values = new Float64Array((first + nodes) * n).fill(1, n, 2 * n);
    const put = (c, value) => {
      const at = (2 + c) * n, p = value ?? data.p[c];
      if (typeof p === "number") values.fill(p, at, at + n);
      else values.set(columns.subarray(p.column * n, (p.column + 1) * n), at);
    };
    for (let c = 0; c < draws; c++) put(c, null);
    const sweep = count => {
      for (let j = 0, at = first * n; j < nodes; j++, at += n) {
        const p = variable[j], l = low[j], h = high[j];
        for (let i = 0; i < count; i++) values[at + i] = (1 - values[p + i]) * values[l + i] + values[p + i] * values[h + i];
      }
    };
    const point = (slot, i) => values[slot * n + i];
    const mean = (slot, count) => {
      let total = 0;
      for (let i = 0; i < count; i++) total += values[slot * n + i];
      return total / count;
    };
    // After a sweep: the outcomes' probabilities, and those of the gates that properties measure.
    const found = count => {
      const outcomes = data.kinds.map(() => 0);
      data.roots.forEach((slot, root) => { outcomes[data.outcomeOfRoot[root]] += mean(slot, count); });
      return { outcomes, measured: data.measured.map(slot => mean(slot, count)) };
    };
    // Whether no path through the diagram holds two of these draws: then all is linear in what they are set to.
    const linear = coins => {
      const own = new Set(coins.map(c => (2 + c) * n)), most = new Uint8Array(first + nodes);
      for (let j = 0; j < nodes; j++) {
        most[first + j] = Math.min(2, Math.max(most[low[j] / n], most[high[j] / n]) + own.has(variable[j]));
      }
      return Math.max(...most) < 2;
    };
    return { n, nodes, put, sweep, point, found, linear };
  };

  const start = section => {
    const $ = (selector, within = section) => within.querySelector(selector);
    const data = JSON.parse($(".what-if-data").textContent), levers = data.levers;
    const { n, nodes, put, sweep, point, found, linear } = engine(data);
    const rows = [...section.querySelectorAll(".lever")];
    const small = n * nodes <= AT_ONCE, some = Math.floor(AT_ONCE / nodes);
    const few = small ? n : Math.max(some - some % 8, Math.min(n, 8));
    const state = levers.map(() => null), set = levers.map(() => null); // null: as stated
    const owner = new Map();
    levers.forEach(({ coins, off }, i) => { for (const c of [...coins, ...off]) owner.set(c, i); });
    const straight = levers.map(({ coins }) => linear(coins));

    // Draws: `set` says where each lever is; whatever else sets draws puts them back.
    const restore = c => {
      const x = owner.has(c) ? set[owner.get(c)] : null;
      put(c, x === null || levers[owner.get(c)].coins.includes(c) ? x : x === 0 ? 0 : null);
    };
    const place = (i, x) => {
      if (set[i] === x) return;
      set[i] = x;
      for (const c of [...levers[i].coins, ...levers[i].off]) restore(c);
    };
    const apply = values => values.forEach((x, i) => place(i, x));
    const computed = (count = n) => { sweep(count); return found(count); };
    const forced = (pairs, work) => {
      for (const [c, value] of pairs) put(c, value);
      const answer = work();
      for (const [c] of pairs) restore(c);
      return answer;
    };
    const riskOf = outcomes => outcomes.reduce((total, q, o) => total + (data.kinds[o] === "catastrophic" ? q : 0), 0);
    const kindsOf = outcomes => Object.fromEntries(
      KINDS.map(kind => [kind, outcomes.reduce((total, q, o) => total + (data.kinds[o] === kind ? q : 0), 0)]));

    // A lever that is dragged: all is on a line through two of its positions, if nothing else has moved.
    let line = null;
    const others = i => set.map((x, k) => k === i ? "" : x).join();
    const prepare = i => {
      if (small || !straight[i] || !levers[i].slides || (line?.of === i && line.others === others(i))) return;
      const at = x => forced(levers[i].coins.map(c => [c, x]), () => computed());
      if (set[i] === 0) for (const c of levers[i].off) put(c, null);
      line = { of: i, others: others(i), low: at(0.25), high: at(0.75) };
      if (set[i] === 0) for (const c of levers[i].off) restore(c);
    };
    const between = x => {
      const along = (low, high) => low.map((a, k) => a + (x - 0.25) / 0.5 * (high[k] - a));
      return { outcomes: along(line.low.outcomes, line.high.outcomes), measured: along(line.low.measured, line.high.measured) };
    };

    // Properties: the two sides in a case, of means or at a point, and whether they are in order.
    const side = (tree, now, before) => {
      if (typeof tree === "number") return tree;
      const [what, a, b] = tree;
      if (what === "P" || what === "before") {
        const at = what === "P" ? now : before;
        return b === null ? at(a) : at(a) / at(b);
      }
      const x = side(a, now, before);
      if (b === undefined) return -x;
      const y = side(b, now, before);
      return what === "+" ? x + y : what === "-" ? x - y : what === "*" ? x * y : x / y;
    };
    const beyond = (one, now, before) => {
      const apart = side(one.right, now, before) - side(one.left, now, before);
      return one.sign[0] === "<" ? apart : -apart;
    };
    const inOrder = (one, margin) => one.sign.length > 1 ? margin >= -ROUNDING : margin > ROUNDING;
    const margins = (one, sets, before) => {
      if (one.quantile === null) {
        const [now, then] = [sets, before].map(pairs => forced(pairs, () => computed()).measured);
        return [beyond(one, k => now[k], k => then[k])];
      }
      const at = pairs => forced(pairs, () => {
        sweep(n);
        return data.measured.map(slot => Float64Array.from({ length: n }, (_, i) => point(slot, i)));
      });
      const [now, then] = [at(sets), at(before)];
      return Array.from({ length: n }, (_, i) => beyond(one, k => now[k][i], k => then[k][i]));
    };
    // How many cases break a property, and in how many its condition is impossible.
    const judging = function* (one) {
      const found = { broken: 0, vacuous: 0, cases: one.cases.length };
      for (const [sets, before] of one.cases) {
        yield;
        const each = margins(one, sets, before), known = each.filter(margin => !Number.isNaN(margin));
        const kept = each.filter(margin => inOrder(one, margin)).length / each.length;
        if (!known.length) found.vacuous++;
        else if (one.quantile === null ? kept < 1 : kept < one.quantile) found.broken++;
      }
      return found;
    };
    const judged = one => {
      const work = judging(one);
      for (;;) { const step = work.next(); if (step.done) return step.value; }
    };
    const verdict = ({ broken, vacuous, cases }) =>
      vacuous === cases ? "∅ vacuous" : !broken ? "✓ holds" :
        `✗ fails${cases > 1 ? `, in ${broken} of ${cases} cases` : ""}`;
    const tell = (cell, text, waiting) => {
      cell.textContent = text;
      cell.className = `n met t-${text[0] === "✓" ? "good" : text[0] === "✗" ? "bad" : "safe"}${waiting ? " waiting" : ""}`;
    };

    // The share of the risk that would go if a failure mode never occurred.
    const share = (coins, risk) => {
      const without = riskOf(forced(coins.map(c => [c, 0]), () => computed()).outcomes);
      return risk > 0 ? shareText(1 - without / risk) : "–";
    };
    // Where a lever alone takes the risk to the limit: between 0 and 1, on the line or by a bracketed secant.
    const tip = i => {
      if (data.limit === null || !levers[i].slides) return null;
      const count = straight[i] ? n : few, was = set[i];
      const at = x => { place(i, Math.max(x, 1e-12)); return riskOf(computed(count).outcomes) - data.limit; };
      let a = 0, b = 1, fa = at(a), fb = at(b), x = null;
      if (fa * fb < 0) {
        for (let k = 0; k < (straight[i] ? 1 : 30); k++) {
          x = k % 3 === 2 ? (a + b) / 2 : a + fa / (fa - fb) * (b - a);
          const fx = straight[i] ? 0 : at(x);
          if (Math.abs(fx) < 1e-9) break;
          if (fx * fa > 0) { a = x; fa = fx; } else { b = x; fb = fx; }
        }
      }
      place(i, was);
      return x;
    };

    const left = x => `calc(8px + (100% - 16px) * ${x})`;
    const scale = p => Math.min(1, Math.max(0, 1 - Math.log10(Math.max(p, 1e-300)) / data.lowest));
    let waiting = 0, turn = 0;
    const pause = () => new Promise(done => setTimeout(done, 0));
    // What is not needed while dragging, a sweep or two at a time.
    const resting = function* () {
      const moved = state.some(x => x !== null);
      apply(state);
      const { outcomes } = computed(), risk = riskOf(outcomes);
      if (moved) numbers(outcomes);
      const cells = section.querySelectorAll(".met");
      for (const [i, one] of data.properties.entries()) {
        if (moved && one.cases.length) tell(cells[i], verdict(yield* judging(one)));
      }
      for (const [i, cell] of section.querySelectorAll(".mode").entries()) {
        yield;
        cell.textContent = share(data.modes[i], risk);
      }
      const wide = rows[0].clientWidth;
      for (const [i, row] of rows.entries()) {
        yield;
        const mark = $(".tip", row), x = tip(i);
        mark.hidden = x === null;
        if (x !== null) {
          mark.style.left = left(x);
          mark.lastChild.textContent = `${limitText(data.limit)} at ${percent(x)}`;
          mark.dataset.at = x < 0.16 ? "left" : x > 0.84 ? "right" : "";
        }
        const near = x !== null && Math.abs(x - levers[i].now) * wide < 150;
        $(".stated", row).firstChild.textContent = near ? "\u00a0" : "stated";
      }
    };
    const rest = async () => { // given up where something moves meanwhile
      const mine = ++turn, work = resting();
      while (mine === turn && !work.next().done) await pause();
    };
    const lever = (row, i) => {
      const { now, kind, slides } = levers[i], x = state[i];
      const off = { assumption: "violated", safeguard: "switched off", event: "never" }[kind];
      const said = x === null ? `${slides ? percent(now) + " " : ""}(stated)` : x === 0 ? off : percent(x);
      row.classList.toggle("moved", x !== null);
      $("input", row).value = 100 * (x ?? now);
      $("input", row).setAttribute("aria-valuetext", said);
      $("output", row).textContent = said;
      $(".off", row).setAttribute("aria-pressed", x === 0);
    };
    const numbers = outcomes => {
      const moved = state.filter(x => x !== null).length, kinds = kindsOf(outcomes), before = kindsOf(data.stated);
      let x = 0;
      for (const kind of KINDS) {
        $(`.now-${kind}`).textContent = percent(kinds[kind]);
        $(`.was-${kind}`).textContent = moved ? `was ${percent(before[kind])}` : "as stated";
        const part = $(`.part-${kind}`);
        part.setAttribute("x", `${100 * x}%`);
        part.setAttribute("width", `${100 * kinds[kind]}%`);
        x += kinds[kind];
      }
      const risk = kinds.catastrophic, was = before.catastrophic;
      $(".risk").setAttribute("cx", `${100 * scale(risk)}%`);
      section.querySelectorAll(".outcome").forEach((cell, o) => { cell.textContent = percent(outcomes[o]); });
      const same = percent(risk) === percent(was), up = risk > was ? "up" : "down";
      $(".said").textContent = !moved
        ? "Move a slider or press a button."
        : `With ${moved} change${moved > 1 ? "s" : ""}, the plan ends in catastrophe with ${percent(risk)}, ` +
          `${same ? "as before" : `${up} from ${percent(was)}`}.`;
    };
    // Of properties, what the same sweep gives; the others wait for the rest.
    const properties = (moved, { measured }) => {
      const cells = section.querySelectorAll(".met");
      data.properties.forEach((one, i) => {
        if (!moved || !one.cases.length) { tell(cells[i], one.stated); return; }
        const [sets, before] = one.cases[0];
        if (one.cases.length > 1 || one.quantile !== null || sets.length || before.length) {
          cells[i].classList.add("waiting");
          return;
        }
        const margin = beyond(one, k => measured[k], k => measured[k]);
        tell(cells[i], verdict({ cases: 1, vacuous: +Number.isNaN(margin), broken: +!inOrder(one, margin) }));
      });
    };
    const paint = (dragged = -1) => {
      turn++;
      apply(state);
      const moved = state.some(x => x !== null), x = state[dragged];
      const onLine = !small && x && line?.of === dragged && line.others === others(dragged);
      // Nothing moved: the run's own means, which may rest on more points than the page carries.
      const now = !moved ? { outcomes: data.stated } : onLine ? between(x) : computed(few);
      rows.forEach(lever);
      numbers(now.outcomes);
      properties(moved, now);
      $(".reset").disabled = !moved;
      clearTimeout(waiting);
      waiting = setTimeout(rest, REST);
    };

    const changed = (i, x) => { state[i] = x; paint(i); save(); };
    rows.forEach((row, i) => {
      $(".stated", row).style.left = left(levers[i].now);
      for (const first of ["pointerdown", "focus"]) $("input", row).addEventListener(first, () => { apply(state); prepare(i); });
      $("input", row).addEventListener("input", event => changed(i, event.target.value / 100));
      $(".off", row).addEventListener("click", () => changed(i, state[i] === 0 ? null : 0));
      $(".back", row).addEventListener("click", () => changed(i, null));
    });
    $(".reset").addEventListener("click", () => { state.fill(null); paint(); save(); });
    $(".meet")?.addEventListener("click", () => {
      levers.forEach(({ name }, i) => { state[i] = data.meeting.credences[name] ?? null; });
      paint();
      save();
    });
    const name = i => data.prefix + levers[i].name;
    const self = {
      read: values => levers.forEach((_, i) => {
        const text = values.get(name(i)), x = text === null || text === "" ? NaN : +text;
        state[i] = x >= 0 && x <= 1 ? x : null;
      }),
      written: () => state.map((x, i) => x === null ? "" : `${name(i)}=${+x.toPrecision(6)}`).filter(Boolean),
      named: values => levers.some((_, i) => values.has(name(i))),
      paint,
    };
    section.hidden = false;
    for (const link of document.querySelectorAll(`a[href="#${section.id}"]`)) link.hidden = false;
    // For tests: the outcomes' probabilities, and what breaks the properties, for levers by name.
    const under = work => values => {
      apply(levers.map(one => values[one.name] ?? null));
      const answer = work();
      apply(state);
      return answer;
    };
    sensaWhatIf.push(Object.assign(under(() => computed().outcomes), {
      properties: under(() => data.properties.map(one => one.cases.length ? judged(one) : null)),
    }));
    sections.push(self);
    return self;
  };

  // The state is in the link; written a little later, since browsers refuse many changes at once.
  let saving = 0;
  const save = () => {
    clearTimeout(saving);
    saving = setTimeout(() => {
      const hash = sections.flatMap(one => one.written()).join("&");
      try { history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search); } catch { /* of a file, some refuse */ }
    }, 250);
  };
  const follow = () => {
    const values = new URLSearchParams(location.hash.slice(1));
    const meant = sections.filter(one => one.named(values));
    if (!meant.length) return false; // an anchor of the page
    for (const one of sections) { one.read(values); one.paint(); }
    return true;
  };
  for (const section of document.querySelectorAll(".what-if")) if (section.querySelector(".what-if-data")) start(section).paint();
  if (follow()) document.querySelector(".what-if").scrollIntoView();
  addEventListener("hashchange", follow);
})();
