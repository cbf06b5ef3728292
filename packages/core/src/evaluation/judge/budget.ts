import { GatehouseError } from "../../errors.ts";
import { ModelRefusal } from "../../model/refusal.ts";
import type { StructuredModel, StructuredRequest } from "../../model/structured.ts";
import { roughTokens } from "../../model/tokens.ts";

/** What judges may use, in tokens that they read and write. */
export interface TokenBudget {
  /**
   * Takes what a question may use at most, before it is asked.
   *
   * @returns What gives back what wasn't used, and never rejects; where it isn't called, all stays taken.
   * @throws {EvaluationError} `BudgetExceeded` if there isn't as much, and won't be soon, or if nobody knows how much there is.
   */
  take(tokens: number, signal: AbortSignal | undefined): Promise<(used: number) => Promise<void>>;
}

/** A model that is asked within a budget: no question is asked that could exceed it. */
export function withinBudget(model: StructuredModel, budget: TokenBudget): StructuredModel {
  return {
    ...model,
    async answer(request) {
      const read = tokensOf(request);
      const settle = await budget.take(read + request.maxTokens, request.signal);
      try {
        const answer = await model.answer(request);
        // Where the endpoint doesn't say what it took, it is guessed.
        await settle(answer.inputTokens + answer.outputTokens || read + roughTokens(answer.text));
        return answer;
      } catch (error) {
        await settle(costsNothing(error) ? 0 : read);
        throw error;
      }
    },
  };
}

function tokensOf({ system, messages, answer }: StructuredRequest): number {
  return roughTokens(system, ...messages.map(({ text }) => text), JSON.stringify(answer));
}

/** A question that was turned away. One that took too long, or whose answer was lost, may have been read and paid for. */
function costsNothing(error: unknown): boolean {
  return error instanceof ModelRefusal || (error instanceof GatehouseError && error.code === "throttled");
}
