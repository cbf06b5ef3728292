import { readFileSync, writeFileSync } from "node:fs";
import { findProvider, type MatchLogic, type ModelInfo, type ModelPrice } from "@pydantic/genai-prices";

/**
 * Writes the prices of models into `packages/core/src/observability/prices.json`, from those that Pydantic keeps (MIT). They
 * are of the day on which its package was published: `node scripts/prices.ts <yyyy-mm-dd>`.
 */
const [date = ""] = process.argv.slice(2);
if (!/^\d{4}-\d\d-\d\d$/.test(date))
  throw new Error("Say of which day the prices are: node scripts/prices.ts 2026-09-23");

const { devDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const version: string = devDependencies["@pydantic/genai-prices"];
const providers = ["anthropic", "aws", "openai", "azure", "google", "mistral", "cohere", "deepseek", "x-ai", "groq"];
const target = new URL("../packages/core/src/observability/prices.json", import.meta.url);

writeFileSync(target, `${lines().join("\n")}\n`);

/** A model a line, so that a change of prices can be read. */
function lines(): string[] {
  const groups = providers.map((id) => {
    const models = (findProvider({ providerId: id })?.models ?? []).flatMap(lineOf);
    return `    ${JSON.stringify(id)}: [\n${models.map((model) => `      ${JSON.stringify(model)}`).join(",\n")}\n    ]`;
  });
  return [
    "{",
    `  "source": "@pydantic/genai-prices ${version}, https://github.com/pydantic/genai-prices (MIT)",`,
    `  "date": "${date}",`,
    '  "unit": "US dollars a million tokens",',
    '  "providers": {',
    groups.join(",\n"),
    "  }",
    "}",
  ];
}

function lineOf({ match, prices }: ModelInfo) {
  const { input_mtok, output_mtok, cache_read_mtok, cache_write_mtok } = inForce(prices);
  const input = base(input_mtok);
  const names = namesOf(match);
  if (input === undefined || names.length === 0) return [];
  const rest = { output: base(output_mtok), cacheRead: base(cache_read_mtok), cacheWrite: base(cache_write_mtok) };
  return [{ names, input, ...rest }];
}

/** Of prices with a beginning the last that has begun; of prices by the time of day the one without. */
function inForce(prices: ModelInfo["prices"]): ModelPrice {
  if (!Array.isArray(prices)) return prices;
  const begun = prices.filter(
    ({ constraint }) => constraint === undefined || (constraint.type === "start_date" && constraint.start_date <= date),
  );
  return begun.at(-1)?.prices ?? {};
}

/** A long request can cost more a token; what is known of it when it is counted is its base. */
function base(price: ModelPrice[string]): number | undefined {
  return typeof price === "object" ? price.base : price;
}

/** Patterns with a `*` at one end or both. Regular expressions only say that a date may follow, which is cut off before. */
function namesOf(match: MatchLogic): string[] {
  if ("or" in match) return match.or.flatMap(namesOf);
  if ("equals" in match) return [match.equals];
  if ("starts_with" in match) return [`${match.starts_with}*`];
  if ("ends_with" in match) return [`*${match.ends_with}`];
  if ("contains" in match) return [`*${match.contains}*`];
  return [];
}
