import { type CorpusEntry, entriesFor, no, yes } from "./entry.ts";

/**
 * Sentences that were written before the author could read any, as different people would write them: by them the author
 * was first measured. At its first run it translated 19 of the 26 that can be translated, none of them wrongly, and
 * refused the 16 others, 9 of them with the words that the reason was expected to have.
 *
 * Since then these expectations were changed: dollars of a transfer are refused, because the tool has a currency; two tools
 * with an enumeration each take two policies; and what the reason says of "500 euros and 600 dollars".
 */

const insurance = entriesFor("insurance");
const bank = entriesFor("bank");
const office = entriesFor("office");
const operations = entriesFor("operations");

const application = (coverage_amount: number, applicant_region = "US") => ({ coverage_amount, applicant_region });
const risk = (data_governance_approval: boolean, API_classification = "internal") => ({
  API_classification,
  data_governance_approval,
});
const claim = (claim_amount: number, risk_level = "low") => ({ claim_amount, risk_level });
const refund = (amount: number, more = {}) => ({ amount, order_id: "o-1", ...more });
const transfer = (amount: number, more = {}) => ({ amount, recipient: "x", ...more });
const salary = (new_salary: number, country = "DE") => ({ employee_id: "e", new_salary, address: { country } });
const deploy = (environment: string, more = {}) => ({ service: "web", environment, ...more });

export const heldOut: readonly CorpusEntry[] = [
  // Formal.
  insurance.permits(
    'Principals whose department claim equals "underwriting" are permitted to invoke the approve_underwriting tool, provided that the claim amount does not exceed 250,000.',
    [
      yes("approve_underwriting", claim(250_000), { department: "underwriting" }),
      no("approve_underwriting", claim(250_001), { department: "underwriting" }),
      no("approve_underwriting", claim(1), { department: "sales" }),
      no("approve_underwriting", claim(1)),
    ],
  ),
  insurance.forbids("Invocation of the risk model is prohibited unless data governance approval has been granted.", [
    yes("invoke_risk_model", risk(true)),
    no("invoke_risk_model", risk(false)),
    yes("create_application", application(1)),
  ]),
  bank.refuses(
    'Any user with the role "teller" is authorized to transfer money up to and including 10,000 dollars.',
    "currency",
  ),
  office.forbids("Employees' salaries shall not be updated where the new salary exceeds 200,000.", [
    yes("update_salary", salary(200_000)),
    no("update_salary", salary(200_000.5)),
  ]),
  operations.permits(
    "Access to deploy_service in the production environment is restricted to users whose role is release-manager.",
    [
      yes("deploy_service", deploy("production"), { role: "release-manager" }),
      no("deploy_service", deploy("production"), { role: "developer" }),
      no("deploy_service", deploy("staging"), { role: "release-manager" }),
    ],
  ),
  // Terse.
  bank.permits("allow refunds <= 200", [yes("process_refund", refund(200)), no("process_refund", refund(200.01))]),
  operations.forbids("no deploys to production", [
    no("deploy_service", deploy("production")),
    yes("deploy_service", deploy("staging")),
  ]),
  office.forbids("Block recursive deletes.", [
    no("delete_file", { path: "/a", recursive: true }),
    yes("delete_file", { path: "/a", recursive: false }),
    yes("delete_file", { path: "/a" }),
  ]),
  office.permits("Role hr: update salaries.", [
    yes("update_salary", salary(1), { role: "hr" }),
    no("update_salary", salary(1), { role: "it" }),
  ]),
  bank.forbids("never close accounts", [
    no("close_account", { account_id: "a" }),
    yes("getBalance", { account_id: "a" }),
  ]),
  operations.refuses("SREs only: restart pods", "SREs"),
  // Sloppy.
  insurance.permits("pls let everybody make applications as long as its less than 5M", [
    yes("create_application", application(4_999_999)),
    no("create_application", application(5_000_000)),
  ]),
  bank.permits("support people (role support) can do refunds under $50", [
    yes("process_refund", refund(49.99), { role: "support" }),
    no("process_refund", refund(50), { role: "support" }),
    no("process_refund", refund(1), { role: "teller" }),
  ]),
  office.refuses("anyone can read files but only admins should delete", "admins"),
  operations.forbids("dont let ppl from the interns team scale services above 10 replicas", [
    no("scale_service", { service: "web", replicas: 11 }, { team: "interns" }),
    yes("scale_service", { service: "web", replicas: 10 }, { team: "interns" }),
    yes("scale_service", { service: "web", replicas: 11 }, { team: "core" }),
  ]),
  // Plain.
  insurance.permits("Users in the finance department may run the risk model if data governance approval is given.", [
    yes("invoke_risk_model", risk(true), { department: "finance" }),
    no("invoke_risk_model", risk(false), { department: "finance" }),
    no("invoke_risk_model", risk(true), { department: "engineering" }),
  ]),
  insurance.forbids("Don't approve claims above $1 million unless the risk level is low.", [
    no("approve_underwriting", claim(1_000_001, "high")),
    yes("approve_underwriting", claim(1_000_001, "low")),
    yes("approve_underwriting", claim(1_000_000, "high")),
  ]),
  insurance.permits(
    "Allow everyone to create applications in the US region with a coverage amount of at most $2 million.",
    [
      yes("create_application", application(2_000_000)),
      no("create_application", application(2_000_001)),
      no("create_application", application(1, "EU")),
    ],
  ),
  bank.permits("Only users with scope payments:write may transfer money.", [
    yes("transfer_money", transfer(1), { scope: "openid payments:write" }),
    yes("transfer_money", transfer(1), { scope: "payments:write" }),
    no("transfer_money", transfer(1), { scope: "payments:write:all" }),
    no("transfer_money", transfer(1)),
  ]),
  bank.refuses("Managers, i.e. users with role manager, may transfer money in EUR or GBP.", "Managers"),
  bank.permits("Let users whose role is manager or director transfer money when the currency is EUR or GBP.", [
    yes("transfer_money", transfer(1, { currency: "EUR" }), { role: "manager" }),
    yes("transfer_money", transfer(1, { currency: "GBP" }), { role: "director" }),
    no("transfer_money", transfer(1, { currency: "USD" }), { role: "director" }),
    no("transfer_money", transfer(1), { role: "director" }),
    no("transfer_money", transfer(1, { currency: "EUR" }), { role: "teller" }),
  ]),
  bank.refuses("Forbid urgent transfers over $5,000.", "currency"),
  bank.refuses("Everyone can check the balance of an account.", "check"),
  bank.permits("Allow all users to get the balance and to get the refund status.", [
    yes("getBalance", { account_id: "a" }),
    yes("get_refund_status", { refund_id: "r" }),
    no("close_account", { account_id: "a" }),
  ]),
  office.permits("Team members whose team is design may book meetings of up to 60 minutes.", [
    yes("book_meeting", { title: "x", duration_minutes: 60 }, { team: "design" }),
    no("book_meeting", { title: "x", duration_minutes: 61 }, { team: "design" }),
    no("book_meeting", { title: "x" }, { team: "design" }),
    no("book_meeting", { title: "x", duration_minutes: 10 }, { team: "sales" }),
  ]),
  office.forbids("Nobody may share files if the permissions include edit.", [
    no("share_file", { path: "/a", permissions: ["view", "edit"] }),
    yes("share_file", { path: "/a", permissions: ["view"] }),
  ]),
  office.permits("You can request at most 5 days of vacation leave.", [
    yes("request_leave", { days: 5, leave_type: "vacation" }),
    no("request_leave", { days: 6, leave_type: "vacation" }),
    no("request_leave", { days: 5, leave_type: "sick" }),
  ]),
  office.permits('Allow reading files whose path starts with "/public/".', [
    yes("read_file", { path: "/public/a" }),
    no("read_file", { path: "/private/a" }),
  ]),
  // Each tool has an environment of a type of its own, so that it takes two policies.
  operations.permits(
    "If the environment is staging, any user may deploy or roll back a service.",
    [
      yes("deploy_service", deploy("staging")),
      yes("rollback_service", deploy("staging")),
      no("deploy_service", deploy("production")),
    ],
    2,
  ),
  operations.forbids("Force restarts of pods in the kube-system namespace are not allowed.", [
    no("restart_pod", { pod: "p", namespace: "kube-system", force: true }),
    yes("restart_pod", { pod: "p", namespace: "kube-system" }),
    yes("restart_pod", { pod: "p", namespace: "default", force: true }),
  ]),
  // What must be refused.
  insurance.refuses("Allow trusted users to create applications.", "trusted"),
  insurance.refuses("Only approve claims that look legitimate.", "legitimate"),
  insurance.refuses("Users may create at most three applications per day.", "day"),
  bank.refuses("Allow large refunds for managers.", "large"),
  bank.refuses("Allow refunds under $500 during business hours.", "business hours"),
  bank.refuses("Refunds above 500 euros and 600 dollars are forbidden.", "600 dollars"),
  bank.refuses("Is everyone allowed to close accounts?", "question"),
  office.refuses("Employees may only update their own salary.", "own"),
  office.refuses("Managers can approve leave.", "Managers"),
  operations.refuses("Allow deployments to production after a successful deployment to staging.", "after"),
  operations.refuses("Allow scaling services to a reasonable number of replicas.", "reasonable"),
  operations.refuses("Please be careful with production.", "careful"),
];
