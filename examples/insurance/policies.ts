/** A policy of the example. */
export interface InsurancePolicy {
  readonly name: string;
  readonly description: string;
  readonly statement: string;
}

/**
 * The two policies of the insurance example, for one gateway. What neither permits is denied, so that the approval and
 * the search tool are shown to nobody.
 */
export function policiesFor(gatewayArn: string): readonly InsurancePolicy[] {
  return [
    {
      name: "create_application_below_5_million",
      description: "Allow the user to call the application tool with a coverage amount under $5 million.",
      statement: `permit(
  principal is AgentCore::OAuthUser,
  action == AgentCore::Action::"ApplicationToolTarget___create_application",
  resource == AgentCore::Gateway::"${gatewayArn}"
) when {
  context.input.coverage_amount < 5000000
};`,
    },
    {
      name: "risk_model_for_finance",
      description: "Allow only users of the finance department to invoke the risk model.",
      statement: `permit(
  principal is AgentCore::OAuthUser,
  action == AgentCore::Action::"RiskModelToolTarget___invoke_risk_model",
  resource == AgentCore::Gateway::"${gatewayArn}"
) when {
  principal.hasTag("department") && principal.getTag("department") == "finance"
};`,
    },
  ];
}
