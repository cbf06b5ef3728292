import type { ToolDefinition } from "@aws-sdk/client-bedrock-agentcore-control";

/** A target of the example: one Lambda function that implements one tool. */
export interface InsuranceTarget {
  readonly name: string;
  /** The function's name, which is also its file's under `functions/`. */
  readonly functionName: string;
  readonly tools: ToolDefinition[];
}

/** The three targets of the insurance example. */
export const targets: readonly InsuranceTarget[] = [
  {
    name: "ApplicationToolTarget",
    functionName: "insurance-application",
    tools: [
      {
        name: "create_application",
        description: "Creates an insurance application for a region and a coverage amount.",
        inputSchema: {
          type: "object",
          properties: {
            applicant_region: { type: "string", description: "The applicant's region, as in US" },
            coverage_amount: { type: "integer", description: "The coverage in whole dollars" },
          },
          required: ["applicant_region", "coverage_amount"],
        },
      },
    ],
  },
  {
    name: "RiskModelToolTarget",
    functionName: "insurance-risk-model",
    tools: [
      {
        name: "invoke_risk_model",
        description: "Runs the risk model for an application and returns a score and a risk level.",
        inputSchema: {
          type: "object",
          properties: {
            API_classification: {
              type: "string",
              description: "How the data is classified: public, internal, confidential or restricted",
            },
            data_governance_approval: { type: "boolean", description: "Whether data governance has approved its use" },
          },
          required: ["API_classification", "data_governance_approval"],
        },
      },
    ],
  },
  {
    name: "ApprovalToolTarget",
    functionName: "insurance-approval",
    tools: [
      {
        name: "approve_underwriting",
        description: "Approves the underwriting of a claim, or refers it to a committee.",
        inputSchema: {
          type: "object",
          properties: {
            claim_amount: { type: "integer", description: "The claim in whole dollars" },
            risk_level: { type: "string", description: "low, medium or high" },
          },
          required: ["claim_amount", "risk_level"],
        },
      },
    ],
  },
];
