// What if: the diagram is swept for the probabilities that the levers set, at all points that the page carries.
const sensaWhatIf = [];
(() => {
  "use strict";
  const REST = 100; // ms without a move, after which shares and red strokes are computed
  const KINDS = ["catastrophic", "fail_safe", "success"];
  const sections = [];

  // Numbers as the reports print them (number_format.py).
  const settled = x => +x.toPrecision(12);
  const decimals = (x, digits) =>
    Math.max(0, digits - 1 - Math.floor(Math.log10(+Math.abs(x).toExponential(digits - 1))));
  const power = (x, digits) => x.toExponential(digits - 1).replace("e+", "e");
  const significant = x => { const r = +settled(x).toExponential(1); return r.toFixed(decimals(r, 2)); };
  const percent = p => {
    p = p < 0.5 ? settled(p) : 1 - settled(1 - p);
    if (p <= 0 || p >= 1) return (100 * p).toFixed(0) + "\u00a0%";
    if (p < 1e-5) return power(p, 2);
    if (1 - p <= 1e-12) return "100\u00a0%";
    if (1 - p < 1e-5) return "1 - " + power(1 - p, 1);
    if (p < 0.95) return significant(100 * p) + "\u00a0%";
    return (100 * p).toFixed(Math.max(1, decimals(100 * (1 - p), 1))) + "\u00a0%";
  };
  const limitText = p => +(100 * p).toPrecision(6) + "\u00a0%";
  const shareText = x => (settled(x) < 0.005 && x >= 0 ? "<1" : settled(100 * x).toFixed(0)) + "\u00a0%";

  // The story's diagram: value = (1 - p) low + p high, node by node, at every point.
  const engine = data => {
    const n = data.points, bytes = Uint8Array.from(atob(data.columns), c => c.charCodeAt(0));
    const columns = new Float32Array(bytes.buffer), flat = value => new Float64Array(n).fill(value);
    const stated = data.p.map(p =>
      typeof p === "number" ? flat(p) : Float64Array.from(columns.subarray(p.column * n, (p.column + 1) * n)));
    const slots = [flat(0), flat(1), ...stated, ...data.variable.map(() => new Float64Array(n))];
    const first = 2 + stated.length;
    const sum = values => { let total = 0; for (let i = 0; i < n; i++) total += values[i]; return total; };
    const set = (coins, value) => { for (const c of coins) slots[2 + c] = value === null ? stated[c] : flat(value); };
    const outcomes = () => {
      for (let j = 0; j < data.variable.length; j++) {
        const p = slots[data.variable[j]], low = slots[data.low[j]], high = slots[data.high[j]];
        const value = slots[first + j];
        for (let i = 0; i < n; i++) value[i] = (1 - p[i]) * low[i] + p[i] * high[i];
      }
      const found = data.kinds.map(() => 0);
      data.roots.forEach((slot, root) => { found[data.outcomeOfRoot[root]] += sum(slots[slot]) / n; });
      return found;
    };
    return { set, outcomes, mean: c => sum(stated[c]) / n };
  };

  const start = section => {
    const $ = (selector, within = section) => within.querySelector(selector);
    const data = JSON.parse($(".what-if-data").textContent);
    const { set, outcomes } = engine(data), levers = data.levers, rows = [...section.querySelectorAll(".lever")];
    const state = levers.map(() => null); // null: as stated
    const place = (lever, x) => {
      if (x === null) { set(lever.coins, null); set(lever.off, null); return; }
      set(lever.off, x === 0 ? 0 : null);
      set(lever.coins, x);
    };
    const apply = values => {
      for (const lever of levers) place(lever, null);
      values.forEach((x, i) => { if (x !== null) place(levers[i], x); });
    };
    const riskOf = found => found.reduce((total, q, o) => total + (data.kinds[o] === "catastrophic" ? q : 0), 0);
    const kindsOf = found => Object.fromEntries(
      KINDS.map(kind => [kind, found.reduce((total, q, o) => total + (data.kinds[o] === kind ? q : 0), 0)]));

    // Shares of the risk that would go if a failure mode never occurred.
    const shares = risk => data.modes.map(coins => {
      set(coins, 0);
      const without = riskOf(outcomes());
      apply(state);
      return risk > 0 ? 1 - without / risk : null;
    });
    // Where a lever alone takes the risk to the limit: between 0 and 1, by a secant kept within its bracket.
    const tip = (lever, i) => {
      if (data.limit === null || !lever.slides) return null;
      const at = x => { place(lever, Math.max(x, 1e-12)); return riskOf(outcomes()) - data.limit; };
      let a = 0, b = 1, fa = at(a), fb = at(b), x = null;
      if (fa * fb < 0) {
        for (let k = 0; k < 30; k++) {
          x = k % 3 === 2 ? (a + b) / 2 : a + fa / (fa - fb) * (b - a);
          const fx = at(x);
          if (Math.abs(fx) < 1e-9) break;
          if (fx * fa > 0) { a = x; fa = fx; } else { b = x; fb = fx; }
        }
      }
      place(lever, null);
      if (state[i] !== null) place(lever, state[i]);
      return x;
    };

    const left = x => `calc(8px + (100% - 16px) * ${x})`;
    const scale = p => Math.min(1, Math.max(0, 1 - Math.log10(Math.max(p, 1e-300)) / data.lowest));
    let waiting = 0;
    const rest = risk => { // what is not needed while dragging
      apply(state);
      const carried = shares(risk);
      section.querySelectorAll(".mode").forEach((cell, i) => {
        cell.textContent = carried[i] === null ? "–" : shareText(carried[i]);
      });
      const tips = levers.map(tip), wide = rows[0].clientWidth;
      rows.forEach((row, i) => {
        const mark = $(".tip", row), x = tips[i];
        mark.hidden = x === null;
        if (x !== null) {
          mark.style.left = left(x);
          mark.lastChild.textContent = `${limitText(data.limit)} at ${percent(x)}`;
          mark.dataset.at = x < 0.16 ? "left" : x > 0.84 ? "right" : "";
        }
        const near = x !== null && Math.abs(x - levers[i].now) * wide < 150;
        $(".stated", row).firstChild.textContent = near ? "\u00a0" : "stated";
      });
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
    const paint = () => {
      apply(state);
      const moved = state.filter(x => x !== null).length;
      // Nothing moved: the run's own means, which may rest on more points than the page carries.
      const found = moved ? outcomes() : data.stated, kinds = kindsOf(found), before = kindsOf(data.stated);
      rows.forEach(lever);
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
      section.querySelectorAll(".outcome").forEach((cell, o) => { cell.textContent = percent(found[o]); });
      section.querySelectorAll(".met").forEach((cell, i) => {
        const met = risk <= data.limits[i];
        cell.textContent = met ? "✓ met" : "✗ exceeded";
        cell.className = `n met t-${met ? "good" : "bad"}`;
      });
      const same = percent(risk) === percent(was), up = risk > was ? "up" : "down";
      $(".said").textContent = !moved
        ? "Move a slider or press a button."
        : `With ${moved} change${moved > 1 ? "s" : ""}, the plan ends in catastrophe with ${percent(risk)}, ` +
          `${same ? "as before" : `${up} from ${percent(was)}`}.`;
      $(".reset").disabled = !moved;
      clearTimeout(waiting);
      waiting = setTimeout(() => rest(riskOf(outcomes())), REST);
    };

    const changed = (i, x) => { state[i] = x; paint(); save(); };
    rows.forEach((row, i) => {
      $(".stated", row).style.left = left(levers[i].now);
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
    // For tests: the outcomes' probabilities for levers by name.
    sensaWhatIf.push(values => {
      apply(levers.map(one => values[one.name] ?? null));
      const found = outcomes();
      apply(state);
      return found;
    });
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
