import type { Json, JsonObject } from "../../../json.ts";
import type { GatewayConfiguration, ToolDescription } from "../../../storage/records.ts";

/** The gateways that the corpus speaks of: an insurance company's, a bank's, an office's, an operations team's, and one of awkward names. */

const createdAt = "2026-11-22T12:00:00.000Z";

type Tools = readonly ToolDescription[];

/** A tool; the properties whose name ends in `!` are required. */
function tool(name: string, description: string, properties: Readonly<Record<string, Json>>): ToolDescription {
  const bare = (key: string) => key.replace(/!$/, "");
  const inputSchema: JsonObject = {
    type: "object",
    properties: Object.fromEntries(Object.entries(properties).map(([key, schema]) => [bare(key), schema])),
    required: Object.keys(properties)
      .filter((key) => key.endsWith("!"))
      .map(bare),
  };
  return { name, description, inputSchema };
}

function gateway(
  name: string,
  targets: Readonly<Record<string, Tools>>,
  authorizerType: "CUSTOM_JWT" | "AWS_IAM" = "CUSTOM_JWT",
): GatewayConfiguration {
  const gatewayId = `${name}-abcdefghij`;
  return {
    gateway: {
      gatewayId,
      gatewayArn: `arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/${gatewayId}`,
      name,
      roleArn: "arn:aws:iam::123456789012:role/gateway",
      authorizerType,
      protocolConfiguration: { mcp: { searchType: "SEMANTIC" } },
      status: "READY",
      version: 1,
      createdAt,
      updatedAt: createdAt,
    },
    targets: Object.entries(targets).map(([target, tools]) => ({
      gatewayId,
      targetId: target,
      name: target,
      targetConfiguration: { mcp: { mcpServer: { endpoint: "https://tools.example.com/mcp" } } },
      credentialProviderConfigurations: [],
      status: "READY",
      tools,
      createdAt,
      updatedAt: createdAt,
    })),
  };
}

const text = (description: string): JsonObject => ({ type: "string", description });
const whole = (description: string): JsonObject => ({ type: "integer", description });
const decimal = (description: string): JsonObject => ({ type: "number", description });
const flag = (description: string): JsonObject => ({ type: "boolean", description });
const oneOf = (description: string, ...members: string[]): JsonObject => ({
  type: "string",
  enum: members,
  description,
});
const listOf = (items: JsonObject, description: string): JsonObject => ({ type: "array", items, description });
const objectOf = (properties: Record<string, Json>, required: string[] = []): JsonObject => ({
  type: "object",
  properties,
  required,
});

const insuranceTargets = {
  ApplicationToolTarget: [
    tool("create_application", "Creates an insurance application for a region and a coverage amount.", {
      "applicant_region!": text("The applicant's region, as in US"),
      "coverage_amount!": whole("The coverage in whole dollars"),
    }),
  ],
  RiskModelToolTarget: [
    tool("invoke_risk_model", "Runs the risk model for an application and returns a score and a risk level.", {
      "API_classification!": text("How the data is classified: public, internal, confidential or restricted"),
      "data_governance_approval!": flag("Whether data governance has approved its use"),
    }),
  ],
  ApprovalToolTarget: [
    tool("approve_underwriting", "Approves the underwriting of a claim, or refers it to a committee.", {
      "claim_amount!": whole("The claim in whole dollars"),
      "risk_level!": text("low, medium or high"),
    }),
  ],
};

export const gateways = {
  /** The contract's example, as `examples/insurance` has it. */
  insurance: gateway("insurance", insuranceTargets),
  /** The same tools for callers that sign with SigV4. */
  signed: gateway("signed", insuranceTargets, "AWS_IAM"),
  bank: gateway("bank", {
    RefundTool: [
      tool("process_refund", "Refunds an order.", {
        "amount!": decimal("The refund in dollars"),
        "order_id!": text("The order's number"),
        reason: text("Why the customer wants it"),
      }),
      tool("get_refund_status", "Says how far a refund is.", { "refund_id!": text("The refund's number") }),
    ],
    PaymentTarget: [
      tool("transfer_money", "Transfers money between two accounts.", {
        "amount!": whole("The sum to transfer"),
        "recipient!": text("The account that gets the money"),
        currency: oneOf("The currency", "USD", "EUR", "GBP"),
        urgent: flag("Whether it goes ahead of others"),
        fee: decimal("What the bank charges"),
      }),
    ],
    AccountTarget: [
      tool("getBalance", "Returns the balance of an account.", { "account_id!": text("The account's number") }),
      tool("close_account", "Closes an account for good.", {
        "account_id!": text("The account's number"),
        confirmed: flag("Whether the customer has confirmed it"),
        tags: listOf({ type: "string" }, "Labels"),
      }),
    ],
  }),
  office: gateway("office", {
    CalendarTarget: [
      tool("book_meeting", "Books a meeting.", {
        "title!": text("What it is about"),
        attendees: listOf({ type: "string" }, "Who comes"),
        duration_minutes: whole("How long it takes, in minutes"),
        visibility: oneOf("Who can see it", "public", "private"),
      }),
      tool("cancel_meeting", "Cancels a meeting.", {
        "meeting_id!": text("The meeting's number"),
        notify: flag("Whether the attendees are told"),
      }),
    ],
    HrTarget: [
      tool("request_leave", "Requests leave for an employee.", {
        "days!": whole("How many days"),
        "leave_type!": oneOf("The kind of leave", "vacation", "sick", "unpaid"),
      }),
      tool("update_salary", "Changes the salary of an employee.", {
        "employee_id!": text("The employee's number"),
        "new_salary!": decimal("The yearly salary in euros"),
        "address!": objectOf({ country: text("A country code, such as DE"), city: text("The city") }, ["country"]),
      }),
    ],
    FilesTarget: [
      tool("read_file", "Reads a file.", { "path!": text("Where the file is") }),
      tool("delete_file", "Deletes a file.", {
        "path!": text("Where the file is"),
        recursive: flag("Whether everything below it goes too"),
      }),
      tool("share_file", "Shares a file with others.", {
        "path!": text("Where the file is"),
        "permissions!": listOf({ type: "string", enum: ["view", "comment", "edit"] }, "What they may do"),
        expires_days: whole("After how many days it ends"),
      }),
    ],
  }),
  operations: gateway("operations", {
    DeployTarget: [
      tool("deploy_service", "Deploys a service.", {
        "service!": text("The service's name"),
        "environment!": oneOf("Where it runs", "development", "staging", "production"),
        replicas: whole("How many copies run"),
        options: objectOf({ dry_run: { type: "boolean" }, region: text("The region, such as eu-west-1") }),
      }),
      tool("rollback_service", "Rolls a service back to the version before.", {
        "service!": text("The service's name"),
        "environment!": oneOf("Where it runs", "development", "staging", "production"),
      }),
    ],
    ClusterTarget: [
      tool("scale_service", "Changes how many copies of a service run.", {
        "service!": text("The service's name"),
        "replicas!": whole("How many copies run"),
      }),
      tool("restart_pod", "Restarts a pod.", {
        "pod!": text("The pod's name"),
        namespace: text("default, kube-system or monitoring"),
        force: flag("Whether it is killed at once"),
      }),
    ],
    LogsTarget: [
      tool("query_logs", "Searches the logs.", {
        "query!": text("What to look for"),
        limit: whole("How many lines to return"),
        cpu_ratio: decimal("A share of one"),
      }),
    ],
  }),
  /** Names that mean more than one thing, or turn what they name. */
  awkward: gateway("awkward", {
    EnvironmentTarget: [
      tool("copy_staging_to_production", "Copies the data of one environment to the other.", {}),
      tool("migrate_data", "Moves data.", {
        "target_region!": oneOf("Where it goes", "us", "eu"),
        excluded_region: oneOf("What stays", "us", "eu"),
      }),
    ],
    OrderTarget: [
      tool("search_orders", "Searches the orders.", {
        max_amount: whole("The most an order may be worth"),
        exclude_country: text("A country to leave out, such as US"),
        limit: whole("How many orders to return"),
      }),
      tool("ship_parcel", "Ships a parcel.", {
        "weight!": whole("The weight in pounds"),
        skip_review: flag("Whether nobody looks at it before"),
      }),
      tool("create_ticket", "Creates a ticket.", { "status!": oneOf("Its status", "new", "open", "closed") }),
    ],
    PeopleTarget: [
      tool("hire_contractor", "Hires a contractor.", {
        day_rate: whole("What a day costs"),
        cost_center: whole("Who pays"),
      }),
      tool("approve_loan", "Approves a loan.", { "credit_score!": whole("The applicant's credit score") }),
      tool("get_report", "Gets a report.", { "year!": whole("Of which year"), role: text("Of which role") }),
      tool("delete_user", "Deletes a user.", { "user_id!": text("The user's number") }),
      tool("send_message", "Sends a message.", { "recipient!": text("Who gets it") }),
    ],
  }),
} as const satisfies Record<string, GatewayConfiguration>;

export type GatewayName = keyof typeof gateways;
