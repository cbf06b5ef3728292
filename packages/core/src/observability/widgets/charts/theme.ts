import type { Color } from "./series.ts";

/** The colours of one theme: of texts, of the lines behind charts, and of what charts show. */
export type Palette = Readonly<Record<Color | "text" | "muted" | "grid" | "surface", string>>;

/**
 * Texts have a contrast of at least 4.5 to the surface, and what charts show of at least 3 (WCAG 2.2, 1.4.3 and 1.4.11). What
 * stands on top of one another differs in lightness, too, so that it is told apart by whoever sees no difference in hue.
 */
export const palettes: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    text: "#16191f",
    muted: "#545b64",
    grid: "#dfe3e8",
    surface: "#ffffff",
    allowed: "#2f7fd1",
    wouldDeny: "#c27c00",
    denied: "#a81c0c",
    rejected: "#6b7280",
    first: "#2f7fd1",
    second: "#5b2a9d",
    third: "#a81c0c",
    fourth: "#c27c00",
  },
  dark: {
    text: "#e9ebed",
    muted: "#a7b0bd",
    grid: "#2e3b4c",
    surface: "#161d26",
    allowed: "#4b93e0",
    wouldDeny: "#f3c04b",
    denied: "#ff8577",
    rejected: "#8f9bab",
    first: "#4b93e0",
    second: "#cfb3ff",
    third: "#ff8577",
    fourth: "#f3c04b",
  },
};

const fills = ["allowed", "wouldDeny", "denied", "rejected", "first", "second", "third", "fourth"] as const;

/**
 * The style of what is drawn. Class names begin with `gh-`, because a dashboard may hold what others draw.
 * @param theme the one that is known to be shown; unless it is, the viewer's system decides.
 */
export function styleOf(theme: "light" | "dark" | undefined): string {
  return `${variables(theme ?? "light")}${theme === undefined ? `@media (prefers-color-scheme:dark){${variables("dark")}}` : ""}${rules}`;
}

function variables(theme: "light" | "dark"): string {
  const set = Object.entries(palettes[theme]).map(([name, value]) => `--gh-${name}:${value}`);
  return `.gh{${set.join(";")}}`;
}

const rules = `
.gh{position:relative;color:var(--gh-text);font:13px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;margin:0}
.gh-summary{margin:0 0 6px;font-size:14px}
.gh-summary b{font-size:20px;font-weight:600}
.gh-note{color:var(--gh-muted);margin:6px 0 0;font-size:12px}
.gh-legend{display:flex;flex-wrap:wrap;gap:2px 16px;list-style:none;margin:0 0 4px;padding:0}
.gh-legend li{display:flex;align-items:center;gap:6px;margin:0}
.gh-legend svg{flex:none}
.gh-chart{display:block;width:100%;height:auto}
.gh-axis line{stroke:var(--gh-grid);stroke-width:1}
.gh-axis text{fill:var(--gh-muted);font-size:11px}
.gh-hover{fill:transparent}
g:hover>.gh-hover{fill:var(--gh-text);fill-opacity:.08}
.gh-line polyline{fill:none;stroke-width:2;stroke-linejoin:round}
.gh-line-third polyline{stroke-dasharray:5 3}
.gh-bar{display:block;width:100%;height:8px;margin-top:4px}
.gh-table{border-collapse:collapse;width:100%;font-size:13px}
.gh-table caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.gh-table th,.gh-table td{color:var(--gh-text);background:transparent;padding:4px 8px 4px 0;border-bottom:1px solid var(--gh-grid);text-align:left;font-weight:400;vertical-align:top}
.gh-table thead th{color:var(--gh-muted);font-size:12px;white-space:nowrap}
.gh-table tbody th{overflow-wrap:anywhere;min-width:130px}
.gh-bars tbody th{width:60%}
.gh-table .gh-number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.gh-table td{white-space:nowrap}
.gh-scroll{overflow-x:auto}
.gh details{margin-top:6px}
.gh summary{cursor:pointer;color:var(--gh-muted);font-size:12px}
.gh-by{color:var(--gh-muted);font-size:12px}
.gh-empty{color:var(--gh-muted);margin:0;padding:24px 0;text-align:center}
${fills.map((color) => `.gh-${color}{fill:var(--gh-${color})}.gh-line-${color} polyline{stroke:var(--gh-${color})}.gh-line-${color} circle{fill:var(--gh-${color})}`).join("\n")}
`;
