// The argument: pointing at a box, or reaching it by keys, lights what leads to it and what follows from it.
(() => {
  "use strict";
  for (const section of document.querySelectorAll(".argument")) {
    const svg = section.querySelector(".graph"), told = section.querySelector(".tell");
    const nodes = [...svg.querySelectorAll("g.node")], edges = [...svg.querySelectorAll(".edge")];
    const byId = new Map(nodes.map(node => [node.dataset.id, node]));
    const from = new Map(), to = new Map(); // edges by the box that they leave, and enter
    const put = (map, key, edge) => map.set(key, [...(map.get(key) ?? []), edge]);
    for (const edge of edges) { put(from, edge.dataset.a, edge); put(to, edge.dataset.b, edge); }
    const explanation = told.textContent;
    told.hidden = false;

    const reached = (start, edgesAt, end) => {
      const seen = new Set([start]), open = [start], lit = [];
      while (open.length) {
        for (const edge of edgesAt.get(open.pop()) ?? []) {
          const next = edge.dataset[end];
          lit.push(edge);
          if (!seen.has(next)) { seen.add(next); open.push(next); }
        }
      }
      return [...lit, ...[...seen].map(id => byId.get(id))];
    };
    const light = id => {
      svg.classList.toggle("on", id !== null);
      for (const one of svg.querySelectorAll(".lit")) one.classList.remove("lit");
      told.textContent = id === null ? explanation : byId.get(id).dataset.tell;
      if (id === null) return;
      for (const one of [...reached(id, to, "a"), ...reached(id, from, "b")]) one.classList.add("lit");
    };

    let kept = null; // the box that has the focus
    const focusable = node => nodes.forEach(one => one.setAttribute("tabindex", one === node ? 0 : -1));
    focusable(nodes[0]); // one stop of the Tab key; arrow keys walk within
    nodes.forEach((node, i) => {
      node.addEventListener("mouseenter", () => light(node.dataset.id));
      node.addEventListener("mouseleave", () => light(kept));
      node.addEventListener("focus", () => { focusable(node); light(kept = node.dataset.id); });
      node.addEventListener("blur", () => light(kept = null));
      node.addEventListener("keydown", event => {
        if (event.key === "Escape") { node.blur(); return; }
        const along = { ArrowRight: [from, "b"], ArrowLeft: [to, "a"] }[event.key];
        const edge = along?.[0].get(node.dataset.id)?.[0];
        const place = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: nodes.length - 1 }[event.key];
        const next = edge ? byId.get(edge.dataset[along[1]]) : nodes[place];
        if (!next) return;
        event.preventDefault();
        next.focus();
      });
    });
  }
})();
