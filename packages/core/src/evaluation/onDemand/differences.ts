/** How the evaluation operations of the data plane differ from AgentCore's, in a few words, for `docs/agentcore.md`. */
export const evaluationDifferences: Readonly<Record<"Evaluate", string>> = {
  Evaluate:
    "also evaluators of Gatehouse's own that need no model (`Gatehouse.…`); without a target everything of the evaluator's level is " +
    "evaluated, if that is ten at most; a session that is too large for a code-based evaluator is refused, not cut; a request has 4.5 MB at most",
};
