/** Cedar's literals of extension types as integers. Each gives undefined for a text that Cedar would not take. */

/** `decimal("1.5")` in ten-thousandths. */
export function decimalLiteral(text: string): bigint | undefined {
  const [, sign, whole = "", fraction = ""] = /^(-?)(\d+)\.(\d{1,4})$/.exec(text) ?? [];
  if (whole === "") return undefined;
  return BigInt(whole + fraction.padEnd(4, "0")) * (sign === "-" ? -1n : 1n);
}

/** `datetime("2026-12-01T08:00:00.000+0100")` in milliseconds since 1970. */
export function datetimeLiteral(text: string): bigint | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(\.\d{3})?(Z|[+-]\d{4}))?$/.exec(text);
  if (!match) return undefined;
  const [, date = "", time = "00:00:00", fraction = ".000", zone = "Z"] = match;
  const wall = Date.parse(`${date}T${time}${fraction}Z`);
  if (Number.isNaN(wall)) return undefined;
  const minutes = zone === "Z" ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  return BigInt(wall - (zone.startsWith("-") ? -1 : 1) * minutes * 60_000);
}

/** `duration("1d12h")` in milliseconds. */
export function durationLiteral(text: string): bigint | undefined {
  const match = /^(-?)(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (!match) return undefined;
  const [d, h, m, s, ms] = match.slice(2).map((digits) => BigInt(digits ?? 0)) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const milliseconds = (((d * 24n + h) * 60n + m) * 60n + s) * 1000n + ms;
  return match[1] === "-" ? -milliseconds : milliseconds;
}
