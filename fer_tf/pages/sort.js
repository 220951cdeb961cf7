"use strict";
// Headers become buttons that sort; without this script the tables are read as they stand.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
      const number = (text) => (text === "" || Number.isNaN(Number(text)) ? null : Number(text));
      const compare = (a, b) => {
        const [one, other] = [value(a), value(b)], [x, y] = [number(one), number(other)];
        if (x !== null && y !== null) return x - y;
        // What has no number stays at the end.
        if ((x === null) !== (y === null)) return (x === null ? 1 : -1) * (down ? -1 : 1);
        return one.localeCompare(other);
      };
      const rows = [...table.tBodies[0].rows].sort(compare);
      table.tBodies[0].append(...(down ? rows.reverse() : rows));
    });
  });
}
