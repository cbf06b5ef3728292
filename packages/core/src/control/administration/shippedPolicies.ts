/**
 * The policies that hold until somebody replaces them. Their roles: `admin` may do everything, also say who else may;
 * `policy-author` and `evaluator-author` see the configuration and write what they are named after; `analyst` sees it;
 * `agent` asks for credentials and sends spans, and `caller` calls gateways with its access key.
 */
export const shippedPolicies = `// Administrators do everything, and decide who else may.
@id("admin")
permit(
  principal in Gatehouse::Role::"admin",
  action,
  resource
);

// Policy authors see the configuration, and write policies and the engines that hold them.
@id("policy-author")
permit(
  principal in Gatehouse::Role::"policy-author",
  action in [Gatehouse::Action::"Read", Gatehouse::Action::"WritePolicies"],
  resource
);

// Evaluator authors see the configuration, and write evaluators, their data and online evaluations.
@id("evaluator-author")
permit(
  principal in Gatehouse::Role::"evaluator-author",
  action in [Gatehouse::Action::"Read", Gatehouse::Action::"WriteEvaluators"],
  resource
);

// Analysts see the configuration and change nothing.
@id("analyst")
permit(
  principal in Gatehouse::Role::"analyst",
  action in Gatehouse::Action::"Read",
  resource
);

// Agents' code asks for tokens of agents, and with them for credentials, and tells what it does. It sees no configuration.
@id("agent")
permit(
  principal in Gatehouse::Role::"agent",
  action in [Gatehouse::Action::"UseIdentity", Gatehouse::Action::"PutSpans"],
  resource
);

// Callers invoke gateways whose authorizer is AWS_IAM, and see and change nothing of the configuration.
@id("caller")
permit(
  principal in Gatehouse::Role::"caller",
  action == Gatehouse::Action::"InvokeGateway",
  resource
);
`;
