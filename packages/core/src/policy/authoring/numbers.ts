/** An amount as a text says it, exactly. */
export interface Amount {
  /** The number times ten thousand: Cedar's decimals have four places, and nothing is rounded. */
  readonly tenThousandths: bigint;
  readonly currency?: Currency;
  /** Written with a word or letter for thousands or more. */
  readonly scaled?: true;
}

/** A currency is only ever a unit: nothing is converted. */
export type Currency = "dollars" | "euros" | "pounds";

const currencies: Readonly<Record<string, Currency>> = {
  $: "dollars",
  us$: "dollars",
  dollar: "dollars",
  dollars: "dollars",
  usd: "dollars",
  bucks: "dollars",
  "€": "euros",
  euro: "euros",
  euros: "euros",
  eur: "euros",
  "£": "pounds",
  pound: "pounds",
  pounds: "pounds",
  gbp: "pounds",
};

/** The currency that a word or sign names. */
export function currencyOf(word: string): Currency | undefined {
  return Object.hasOwn(currencies, word.toLowerCase()) ? currencies[word.toLowerCase()] : undefined;
}

const tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const units =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );

/** Numbers below a hundred as words. */
const small = new Map<string, bigint>([
  ...units.map((word, i): [string, bigint] => [word, BigInt(i)]),
  ...tens.flatMap((ten, i): [string, bigint][] => [
    [ten, BigInt(i * 10 + 20)],
    ...units.slice(1, 10).map((unit, j): [string, bigint] => [`${ten}-${unit}`, BigInt(i * 10 + 21 + j)]),
  ]),
]);

const scales = new Map<string, bigint>([
  ["hundred", 100n],
  ["thousand", 1_000n],
  ["million", 1_000_000n],
  ["billion", 1_000_000_000n],
]);

/** Letters behind digits. A small `m` may be metres, minutes or millions, so it counts only behind a currency's sign. */
const suffixes = new Map<string, bigint>([
  ["", 1n],
  ["k", 1_000n],
  ["K", 1_000n],
  ["M", 1_000_000n],
  ["B", 1_000_000_000n],
  ["bn", 1_000_000_000n],
]);

const digits = /^(us\$|[$€£])?(-)?(\d{1,3}(?:,\d{3})+|\d{1,19})(?:\.(\d{1,4}))?(k|K|m|M|bn|B)?$/i;

/** Digits as in `5,000,000`, `$1.5`, `500k`; undefined for all else, such as `1.000`, `5,00` or `10am`. */
export function amountOfDigits(text: string): Amount | undefined {
  const [, sign, minus, whole = "", fraction = "", suffix = ""] = digits.exec(text) ?? [];
  // Three places may be thousands as they are written elsewhere, unless a scale or a zero before them says otherwise.
  if (whole === "" || (fraction.length === 3 && suffix === "" && whole !== "0")) return undefined;
  const scale = suffix === "m" && sign !== undefined ? 1_000_000n : suffixes.get(suffix);
  if (scale === undefined) return undefined;
  const value = BigInt(whole.replaceAll(",", "") + fraction.padEnd(4, "0")) * scale;
  const currency = currencyOf(sign ?? "");
  return {
    tenThousandths: minus === undefined ? value : -value,
    ...(currency === undefined ? {} : { currency }),
    ...(suffix === "" ? {} : { scaled: true }),
  };
}

/** What number a word is, times ten thousand. */
export function smallNumber(word: string): bigint | undefined {
  const value = small.get(word);
  return value === undefined ? undefined : value * 10_000n;
}

/** What a word such as `million` multiplies by. */
export function scaleOf(word: string): bigint | undefined {
  return scales.get(word);
}
