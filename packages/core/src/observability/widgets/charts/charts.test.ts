import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ticksUpTo } from "./axes.ts";
import { clock, dayOf, duration, money, name, share, short, zone } from "./format.ts";
import { palettes } from "./theme.ts";

test("an axis begins at nothing, has few equal steps, and ends above what is shown", () => {
  fc.assert(
    fc.property(fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e15, noNaN: true })), (most) => {
      const ticks = ticksUpTo(most);
      const top = ticks.at(-1) ?? 0;
      expect(ticks[0]).toBe(0);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(top).toBeGreaterThanOrEqual(most * (1 - 1e-9));
      expect(top).toBeGreaterThan(0);
    }),
  );
});

test.each([
  [duration(0), "0"],
  [duration(52.4), "52 µs"],
  [duration(3_410), "3.4 ms"],
  [duration(12_345_000), "12 s"],
  [money(0), "$0.00"],
  [money(2_440_000_000), "$2.44"],
  [money(970_000_000), "$0.970"],
  [money(1_230_000), "$0.00123"],
  [money(1_234_567_000_000), "$1,234.57"],
  [share(1, 8), "12.5 %"],
  [share(0, 0), "0 %"],
  [short(12_345), "12.3K"],
  [zone(0), "UTC"],
  [zone(330), "UTC+05:30"],
  [zone(-210), "UTC−03:30"],
  [clock(Date.UTC(2026, 10, 26, 23, 30), 60), "00:30"],
  [dayOf(Date.UTC(2026, 10, 26, 23, 30), 60), "27 Nov"],
])("%s is how it is said", (said, due) => {
  expect(said).toBe(due);
});

describe("a name that somebody else has chosen", () => {
  test("stays on its line, short, and hides nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
        const shown = name(text);
        expect([...shown].length).toBeLessThanOrEqual(64);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test.each([
    ["plain___name", "plain___name"],
    ["ad\u202enimda", "ad\ufffdnimda"],
    ["a\u200bdmin\n", "a\ufffddmin\ufffd"],
    ["Größe 😀 表", "Größe 😀 表"],
    ["x".repeat(65), `${"x".repeat(63)}…`],
    ["x".repeat(64), "x".repeat(64)],
  ])("%j is shown as %j", (text, shown) => {
    expect(name(text)).toBe(shown);
  });
});

describe.each(Object.entries(palettes))("in the %s theme", (_, { text, muted, surface, grid: __, ...colors }) => {
  test.each([text, muted])("the text %s can be read", (color) => {
    expect(contrast(color, surface)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(Object.entries(colors))("the colour of %s can be seen", (_, color) => {
    expect(contrast(color, surface)).toBeGreaterThanOrEqual(3);
  });

  test("what is denied and what would be differ in lightness as well, from each other and from what is allowed", () => {
    expect(contrast(colors.denied, colors.wouldDeny)).toBeGreaterThanOrEqual(1.4);
    expect(contrast(colors.wouldDeny, colors.allowed)).toBeGreaterThanOrEqual(1.2);
    expect(contrast(colors.denied, colors.allowed)).toBeGreaterThanOrEqual(1.2);
  });
});

/** The contrast ratio of two colours (WCAG 2.2, "contrast ratio"). */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
