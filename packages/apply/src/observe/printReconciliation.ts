import { styleText } from "node:util";
import type { Reconciliations } from "@gatehouse/core/observability/query/answers.ts";
import { visible } from "../visible.ts";

type Gateway = Reconciliations["gateways"][number];

/**
 * Whether everything agrees, for a person to read, with what doesn't by name.
 * @param stream where it will be shown, for colours; without it there are none.
 */
export function printedReconciliation(
  { from, to, agrees, gateways }: Reconciliations,
  stream?: NodeJS.WriteStream,
): string {
  const paint = (isGood: boolean, text: string) =>
    stream === undefined ? text : styleText(isGood ? "green" : "red", text, { stream });
  const verdict = agrees ? "Everything agrees." : "Something is missing, or was counted otherwise than once.";
  return [
    `From ${from} until ${to}`,
    ...(gateways.length === 0 ? ["No gateway has decided anything."] : []),
    ...gateways.flatMap((gateway) => lines(gateway, paint)),
    paint(agrees, verdict),
  ].join("\n");
}

function lines(gateway: Gateway, paint: (isGood: boolean, text: string) => string): string[] {
  const { gatewayId, agrees, decisions, calls, decisionsWithoutTrace, tallies } = gateway;
  return [
    paint(agrees, `${visible(gatewayId)}: ${decisions} decisions, ${calls} calls with spans`),
    ...(decisionsWithoutTrace === 0 ? [] : [`  ${decisionsWithoutTrace} decisions name no span`]),
    ...tallies.map(({ cube, by, ledger, counted }) =>
      ledger === counted
        ? `  ${cube} by ${names[by]}: ${counted}`
        : paint(false, `  ${cube} by ${names[by]}: ${counted} counted, ${ledger} in the ledger`),
    ),
    ...missing("decisions without their span", gateway.missingSpans, paint),
    ...missing("spans without their decision", gateway.missingDecisions, paint),
  ];
}

/** Counters of hours are compared in whole hours only. */
const names = { minute: "minute", hour: "whole hour", hourByPrincipal: "whole hour and principal" } as const;

function missing(
  what: string,
  { count, named }: Gateway["missingSpans"],
  paint: (isGood: boolean, text: string) => string,
): string[] {
  if (count === 0) return [];
  const more = count > named.length ? [`    and ${count - named.length} more`] : [];
  return [
    paint(false, `  ${count} ${what}`),
    ...named.map(({ time, decisionId, traceId }) => visible(`    ${time} decision ${decisionId} trace ${traceId}`)),
    ...more,
  ];
}
