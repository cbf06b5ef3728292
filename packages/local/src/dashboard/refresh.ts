/**
 * The page's only script: takes what is new from the page's own address. Tables that are open stay open, the focus stays
 * where it was, and nothing is asked for while nobody looks.
 */
export const refreshScript = `
const seconds = Number(document.documentElement.dataset.refresh);
if (seconds > 0) setInterval(async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) throw new Error(answer.statusText);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    const focused = document.activeElement?.closest("main details")?.id;
    for (const { id } of document.querySelectorAll("main details[open]")) {
      next.querySelector("#" + CSS.escape(id))?.setAttribute("open", "");
    }
    document.querySelector("main").replaceWith(document.adoptNode(next));
    if (focused) document.getElementById(focused)?.querySelector("summary").focus();
  } catch {
    document.getElementById("state").textContent = "Gatehouse doesn't answer: this is what was known before.";
  }
}, seconds * 1000);
`;
