import type { JsonObject } from "../../../json.ts";

/** Arguments of the corpus gateways' tools, by what matters of them in its sentences. */

export const application = (coverage_amount: number, applicant_region = "US"): JsonObject => ({
  applicant_region,
  coverage_amount,
});
export const risk = (data_governance_approval: boolean, API_classification = "internal"): JsonObject => ({
  API_classification,
  data_governance_approval,
});
export const claim = (claim_amount: number, risk_level = "low"): JsonObject => ({ claim_amount, risk_level });
export const refund = (amount: number, more: JsonObject = {}): JsonObject => ({ amount, order_id: "o-1", ...more });
export const transfer = (amount: number, more: JsonObject = {}): JsonObject => ({ amount, recipient: "x", ...more });
export const salary = (new_salary: number, country = "DE", more: JsonObject = {}): JsonObject => ({
  employee_id: "e-1",
  new_salary,
  address: { country, ...more },
});
export const deploy = (environment: string, more: JsonObject = {}): JsonObject => ({
  service: "web",
  environment,
  ...more,
});
export const scale = (replicas: number, service = "web"): JsonObject => ({ service, replicas });
export const restart = (more: JsonObject = {}): JsonObject => ({ pod: "p-1", ...more });
export const logs = (more: JsonObject = {}): JsonObject => ({ query: "error", ...more });
export const meeting = (more: JsonObject = {}): JsonObject => ({ title: "Plans", ...more });
export const leave = (days: number, leave_type = "vacation"): JsonObject => ({ days, leave_type });
export const file = (path: string, more: JsonObject = {}): JsonObject => ({ path, ...more });
export const share = (permissions: string[], more: JsonObject = {}): JsonObject => ({
  path: "/a",
  permissions,
  ...more,
});
export const account = (more: JsonObject = {}): JsonObject => ({ account_id: "a-1", ...more });
