import { application, claim, refund, transfer } from "./arguments.ts";
import { type CorpusEntry, entriesFor, no, yes } from "./entry.ts";

/**
 * Sentences that somebody who hadn't written the author thought of, to have it translate one wrongly: most of these it had
 * translated, though they can be read in two ways, or say something else.
 */

const insurance = entriesFor("insurance");
const bank = entriesFor("bank");
const office = entriesFor("office");
const operations = entriesFor("operations");
const awkward = entriesFor("awkward");

export const doubtfulEntries: readonly CorpusEntry[] = [
  // "Not all" is none, or not all of them.
  insurance.refuses("Do not allow everyone to create applications.", '"not" and "everyone"'),
  insurance.refuses("Never allow every user to create applications.", '"not" and "every"'),
  insurance.refuses("Nobody may use all tools.", '"not" and "all"'),
  insurance.refuses("Do not allow users to use every tool.", '"not" and "every"'),
  office.refuses("Nobody may delete all files.", '"not" and "all"'),
  insurance.refuses("Not everyone may create applications.", '"not everyone" leaves open'),
  insurance.refuses("Do not prevent users from creating applications.", '"not prevent"'),
  insurance.forbids("Deny everyone access to all tools unless they have role admin.", [
    yes("create_application", application(1), { role: "admin" }),
    no("create_application", application(1)),
  ]),
  // Whether a "not" is about what follows as well.
  insurance.refuses(
    "Users may approve underwriting if the claim amount is not under 5 or over 10.",
    '"not" may be about',
  ),
  insurance.refuses(
    'Users may approve underwriting if the risk level does not start with "a" or end with "b".',
    '"not" may be about',
  ),
  bank.refuses('Allow closing accounts if the tags don\'t contain "vip" or contain "gold".', '"not" may be about'),
  insurance.refuses(
    "Users who are not in the finance department or in the audit department may create applications.",
    '"not" may be about',
  ),
  insurance.permits("Users whose department is not finance or audit may create applications.", [
    yes("create_application", application(1), { department: "sales" }),
    no("create_application", application(1), { department: "finance" }),
    no("create_application", application(1), { department: "audit" }),
    no("create_application", application(1)),
  ]),
  insurance.permits("Users may approve underwriting if the claim amount is at least 5 but less than 10.", [
    yes("approve_underwriting", claim(5)),
    yes("approve_underwriting", claim(9)),
    no("approve_underwriting", claim(4)),
    no("approve_underwriting", claim(10)),
  ]),
  insurance.refuses(
    "Users may create applications if the coverage amount exceeds 5 but not 10.",
    '"not" before a number',
  ),
  bank.permits("Users may close accounts if confirmed is not false.", [
    yes("close_account", { account_id: "a", confirmed: true }),
    no("close_account", { account_id: "a", confirmed: false }),
    no("close_account", { account_id: "a" }),
  ]),
  // In the US everybody, or nobody?
  insurance.refuses("Only users with role admin may create applications unless the region is US.", '"only" with an'),
  insurance.refuses(
    "Creating applications is restricted to users with role admin unless the region is US.",
    '"only" with an',
  ),
  // Conditions that may be about all of it.
  insurance.refuses(
    "If the user has role admin, everyone may approve underwriting and everyone may create applications.",
    "about all of it",
  ),
  insurance.refuses(
    "Everyone may create applications, and everyone may approve underwriting, if the user has role admin.",
    "about all of it",
  ),
  operations.refuses(
    "Users may deploy services, and users may roll back services, if the environment is staging.",
    "about all of it",
  ),
  operations.refuses(
    "Do not allow anyone to roll back services or deploy services to production.",
    "about all of them",
  ),
  bank.refuses("Nobody may process refunds and transfer money over 100.", "about all of them"),
  // To and for whom something is done.
  bank.refuses("Money must not be transferred to users with role contractor.", "to users"),
  bank.refuses("Deny transfers to users with role contractor.", "to users"),
  bank.refuses("Allow transferring money to users with role vip.", "to users"),
  office.refuses("Leave may be requested for users with role intern.", "for users"),
  office.refuses("Allow requesting leave for users with role intern.", "for users"),
  bank.forbids("Deny access to close_account to users with role intern.", [
    no("close_account", { account_id: "a" }, { role: "intern" }),
    yes("close_account", { account_id: "a" }),
  ]),
  awkward.refuses("Messages may be sent to users with role intern.", "to users"),
  awkward.refuses("Nobody may delete users with role admin.", '"role"'),
  awkward.refuses("Nobody may delete users if the user has role admin.", "whose role"),
  awkward.permits("Users with role admin may delete users.", [
    yes("delete_user", { user_id: "u" }, { role: "admin" }),
    no("delete_user", { user_id: "u" }, { role: "member" }),
  ]),
  // Words that describe values, and are none.
  insurance.refuses("Users may create applications in a non-US region.", "non-US"),
  insurance.refuses("Users with a non-admin role may create applications.", "non-admin"),
  insurance.refuses("Users in the finance/audit department may create applications.", "finance/audit"),
  insurance.refuses("Users may create applications if the region is US/UK.", "US/UK"),
  insurance.refuses("Users may create applications if the region is US-based.", "US-based"),
  insurance.refuses("Users in my department may create applications.", '"my"'),
  insurance.refuses("Users from a foreign country may create applications.", '"foreign"'),
  insurance.refuses("Users with clearance secret or better may create applications.", '"better"'),
  insurance.refuses("Users with role manager or equivalent may create applications.", '"equivalent"'),
  insurance.refuses('Users whose "expiry" is "2026-01-01" or later may create applications.', '"later"'),
  insurance.refuses(
    "Everyone but users with role intern or users with role guest may create applications.",
    '"users" are people',
  ),
  bank.refuses("Allow refunds if the reason is work-related.", "work-related"),
  office.refuses("Users may read files if the path is in /public.", '"in" may mean within'),
  office.refuses("Users may update salaries if the city is in Germany.", '"in" may mean within'),
  // Several kinds of people, several scopes.
  insurance.refuses("Everyone in the finance department and the admin role may create applications.", "one is enough"),
  insurance.refuses("Users with the read and write scopes may create applications.", "scopes"),
  insurance.permits("Users in the finance department and members of the audit team may create applications.", [
    yes("create_application", application(1), { department: "finance" }),
    yes("create_application", application(1), { team: "audit" }),
    no("create_application", application(1), { team: "finance" }),
  ]),
  // Numbers of something else.
  insurance.refuses("Users may create up to 5 applications.", "counts"),
  awkward.refuses("Users may hire contractors for up to 5 days.", '"days"'),
  awkward.refuses("Users may hire contractors for at most $5000.", "day_rate"),
  awkward.refuses("Users may get reports for up to 2 years.", '"years"'),
  awkward.refuses("Users may approve loans under $700.", "credit_score"),
  operations.refuses("Users may query logs with a limit of 100.", "bound"),
  operations.refuses("Users may scale services by 5 replicas.", "by 5"),
  // Names of parameters that turn what they name.
  awkward.refuses("Users may search orders with an amount over 5.", '"amount"'),
  awkward.refuses("Users may search orders if the country is US.", '"country"'),
  awkward.refuses("Users may ship parcels with review.", '"review"'),
  awkward.permits("Users may ship parcels under 50 pounds if skip review is false.", [
    yes("ship_parcel", { weight: 49, skip_review: false }),
    no("ship_parcel", { weight: 49, skip_review: true }),
    no("ship_parcel", { weight: 50, skip_review: false }),
  ]),
  awkward.permits("Users may migrate data to eu.", [
    yes("migrate_data", { target_region: "eu" }),
    no("migrate_data", { target_region: "us", excluded_region: "eu" }),
  ]),
  awkward.refuses("Nobody may create new tickets.", '"new"'),
  awkward.refuses("Users may copy production to staging.", "names no tool"),
  awkward.permits("Users may copy staging to production.", [
    yes("copy_staging_to_production"),
    no("delete_user", { user_id: "u" }),
  ]),
  // Statements that another one may change.
  insurance.refuses("Everyone may create applications. Only users in finance.", "may change what it means"),
  insurance.refuses("Everyone may create applications. Never above 5 million.", "may change what it means"),
  insurance.refuses("Everyone may create applications. Do not exceed 5 million.", "may change what it means"),
  insurance.refuses("Everyone may create applications. No one in sales.", "may change what it means"),
  insurance.refuses("Everyone may create applications. Users must be in the finance department.", '"must" says what'),
  insurance.refuses("Nobody may create applications. Users with role admin are exempt.", "may change what it means"),
  insurance.refuses("Everyone may create applications. Nobody may do so above 5 million.", "may change what it means"),
  insurance.refuses("Deny:\n- Users may create applications.", "may change what it means"),
  insurance.refuses("Never ever\nallow users to create applications.", "may change what it means"),
  insurance.refuses("Only allow users to create applications.", '"only" must be about'),
  bank.refuses("Allow transfers up to 100. Deny it.", "may change what it means"),
  bank.permits(
    "Any user may process refunds under 50. Users with role teller may transfer money if the amount is 100 or less.",
    [
      yes("process_refund", refund(49)),
      no("process_refund", refund(50)),
      yes("transfer_money", transfer(100), { role: "teller" }),
      no("transfer_money", transfer(100)),
    ],
    2,
  ),
];
