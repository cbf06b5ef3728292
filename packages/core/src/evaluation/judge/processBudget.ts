import type { Period, TokenCounts } from "../../storage/tokenCountRepository.ts";
import type { TokenBudget } from "./budget.ts";
import { type BudgetTime, countedBudget, type TokenLimits } from "./countedBudget.ts";

/** A budget that is kept in this process's memory, and ends with it: for commands, which share it with nobody. */
export function processBudget(limits: TokenLimits, time?: BudgetTime): TokenBudget {
  return countedBudget(limits, { counts: memoryCounts(), ...(time === undefined ? {} : { time }) });
}

/** Of the current minute and the current day: nothing is taken from others. */
function memoryCounts(): TokenCounts {
  const current = new Map<Period["unit"], { readonly begin: string; tokens: number }>();
  return {
    async take({ period: { unit, begin }, tokens, limit }) {
      const known = current.get(unit);
      const count = known?.begin === begin ? known : { begin, tokens: 0 };
      if (count.tokens + tokens > limit) return { left: Math.max(0, limit - count.tokens) };
      count.tokens += tokens;
      current.set(unit, count);
      return {
        async settle(used) {
          count.tokens += used - tokens;
        },
      };
    },
  };
}
