import { application, claim, risk } from "./arguments.ts";
import { type CorpusEntry, entriesFor, no, yes } from "./entry.ts";

const { permits, forbids, refuses } = entriesFor("insurance");
const signed = entriesFor("signed");

const finance = { department: "finance" };
const engineering = { department: "engineering" };

const underFiveMillion = [
  yes("create_application", application(4_999_999)),
  no("create_application", application(5_000_000)),
  no("create_application", application(10_000_000)),
  no("approve_underwriting", claim(1)),
];
const financeOnly = [
  yes("invoke_risk_model", risk(true), finance),
  yes("invoke_risk_model", risk(false), finance),
  no("invoke_risk_model", risk(true), engineering),
  no("invoke_risk_model", risk(true)),
  no("create_application", application(1), finance),
];

/** The talk's sentences, the contract's example, and others about the same gateway. */
export const insuranceEntries: readonly CorpusEntry[] = [
  // The talk.
  permits("allow the user to call the application tool with the coverage amount under $5 million", underFiveMillion),
  permits("only users whose principal tag department is finance may do risk modelling", financeOnly),
  permits(
    "Allow the user to call the application tool with the coverage amount under $5 million. Don't allow if it's more than $5 million and don't approve. Only users whose principal tag department is finance may do risk modelling.",
    [...underFiveMillion, ...financeOnly.slice(0, 4), no("approve_underwriting", claim(1), finance)],
    4,
  ),
  forbids(
    "Allow the user to call the application tool with the coverage amount under $5 million.\nOnly users whose principal tag department is finance may do risk modelling.\nDon't allow if it's more than $5 million and don't approve.",
    [
      yes("create_application", application(5_000_000)),
      no("create_application", application(5_000_001)),
      no("approve_underwriting", claim(1)),
      yes("invoke_risk_model", risk(true)),
    ],
    4,
  ),
  permits(
    "If a user has a principal tag called department that is finance, then only they should be able to do risk modelling.",
    financeOnly,
  ),
  forbids("Don't approve a claim above $250,000", [
    no("approve_underwriting", claim(250_001)),
    yes("approve_underwriting", claim(250_000)),
    yes("create_application", application(250_001)),
  ]),
  // Effects.
  permits("Everyone may create applications.", [
    yes("create_application", application(1)),
    no("invoke_risk_model", risk(true)),
    no("approve_underwriting", claim(1)),
  ]),
  permits("Permit anyone to invoke the risk model with data governance approval", [
    yes("invoke_risk_model", risk(true)),
    no("invoke_risk_model", risk(false)),
  ]),
  permits("Let users approve underwriting", [
    yes("approve_underwriting", claim(1)),
    no("create_application", application(1)),
  ]),
  permits("Users can use create_application.", [
    yes("create_application", application(1)),
    no("invoke_risk_model", risk(true)),
  ]),
  permits("Users are allowed to call ApplicationToolTarget___create_application", [
    yes("create_application", application(1)),
    no("invoke_risk_model", risk(true)),
  ]),
  permits("Grant users in the finance department access to the risk model.", financeOnly),
  permits("The finance department may use the risk model tool.", financeOnly),
  permits("The risk model may only be invoked by users whose department is finance.", financeOnly),
  permits("Access to the risk model is restricted to users with department finance.", financeOnly),
  permits("Allow all users to use all tools.", [
    yes("create_application", application(1)),
    yes("invoke_risk_model", risk(true)),
    yes("approve_underwriting", claim(1)),
  ]),
  permits("Allow users with role auditor to call any tool of the ApprovalToolTarget", [
    yes("approve_underwriting", claim(1), { role: "auditor" }),
    no("approve_underwriting", claim(1)),
    no("create_application", application(1), { role: "auditor" }),
  ]),
  forbids("Nobody may approve underwriting.", [
    no("approve_underwriting", claim(1)),
    yes("invoke_risk_model", risk(true)),
  ]),
  forbids("Users must not invoke the risk model without data governance approval.", [
    no("invoke_risk_model", risk(false)),
    yes("invoke_risk_model", risk(true)),
  ]),
  forbids("Do not allow anybody outside the finance department to run the risk model.", [
    no("invoke_risk_model", risk(true), engineering),
    no("invoke_risk_model", risk(true)),
    yes("invoke_risk_model", risk(true), finance),
  ]),
  forbids("Forbid the application tool when the coverage amount exceeds 10M.", [
    no("create_application", application(10_000_001)),
    yes("create_application", application(10_000_000)),
  ]),
  forbids("Creating applications is not allowed unless the applicant region is US or UK.", [
    yes("create_application", application(1, "US")),
    yes("create_application", application(1, "UK")),
    no("create_application", application(1, "FR")),
    no("create_application", application(1, "us")),
  ]),
  forbids("Block approvals with a risk level of high.", [
    no("approve_underwriting", claim(1, "high")),
    yes("approve_underwriting", claim(1, "medium")),
  ]),
  forbids("Never approve underwriting if the risk level is not low.", [
    no("approve_underwriting", claim(1, "medium")),
    yes("approve_underwriting", claim(1, "low")),
  ]),
  forbids("No one except users with role underwriter may approve underwriting.", [
    yes("approve_underwriting", claim(1), { role: "underwriter" }),
    no("approve_underwriting", claim(1), { role: "agent" }),
    no("approve_underwriting", claim(1)),
  ]),
  // Conditions.
  permits("Allow creating an application if the coverage is between 1,000 and 2 million dollars.", [
    yes("create_application", application(1_000)),
    yes("create_application", application(2_000_000)),
    no("create_application", application(2_000_001)),
    no("create_application", application(999)),
  ]),
  permits("Users may create applications when the coverage amount is at least 1,000 and at most 50,000.", [
    yes("create_application", application(1_000)),
    yes("create_application", application(50_000)),
    no("create_application", application(999)),
    no("create_application", application(50_001)),
  ]),
  permits("Allow users to create applications for the US region with coverage up to one million dollars", [
    yes("create_application", application(1_000_000)),
    no("create_application", application(1_000_001)),
    no("create_application", application(1, "EU")),
  ]),
  permits(
    'Allow users to approve underwriting if the claim amount is less than 10k and the risk level is low, or the risk level is "none".',
    [
      yes("approve_underwriting", claim(9_999, "low")),
      no("approve_underwriting", claim(10_000, "low")),
      no("approve_underwriting", claim(9_999, "high")),
      yes("approve_underwriting", claim(10_000, "none")),
    ],
  ),
  permits("Anyone may invoke the risk model if the API classification is one of public, internal.", [
    yes("invoke_risk_model", risk(false, "public")),
    yes("invoke_risk_model", risk(false, "internal")),
    no("invoke_risk_model", risk(false, "restricted")),
  ]),
  permits("Users may invoke the risk model as long as the classification is not restricted.", [
    yes("invoke_risk_model", risk(false, "public")),
    no("invoke_risk_model", risk(false, "restricted")),
  ]),
  permits(
    "Users in the finance or audit department may invoke the risk model provided that data governance approval is true.",
    [
      yes("invoke_risk_model", risk(true), finance),
      yes("invoke_risk_model", risk(true), { department: "audit" }),
      no("invoke_risk_model", risk(false), finance),
      no("invoke_risk_model", risk(true), engineering),
    ],
  ),
  permits("Allow the user alice to approve underwriting.", [
    yes("approve_underwriting", claim(1), { username: "alice" }),
    no("approve_underwriting", claim(1), { username: "bob" }),
    no("approve_underwriting", claim(1), {}, "alice"),
  ]),
  permits('Allow the user with id "a-17" to approve underwriting.', [
    yes("approve_underwriting", claim(1), {}, "a-17"),
    no("approve_underwriting", claim(1), {}, "a-18"),
  ]),
  permits("Everyone except users in the interns team may create applications.", [
    yes("create_application", application(1), { team: "core" }),
    yes("create_application", application(1)),
    no("create_application", application(1), { team: "interns" }),
  ]),
  permits("Users whose team is not interns may create applications.", [
    yes("create_application", application(1), { team: "core" }),
    no("create_application", application(1)),
    no("create_application", application(1), { team: "interns" }),
  ]),
  permits("Users with role admin or in the finance department may invoke the risk model.", [
    yes("invoke_risk_model", risk(true), finance),
    yes("invoke_risk_model", risk(true), { role: "admin" }),
    no("invoke_risk_model", risk(true), { role: "user" }),
  ]),
  permits("Users with role admin and department finance may invoke the risk model.", [
    yes("invoke_risk_model", risk(true), { role: "admin", ...finance }),
    no("invoke_risk_model", risk(true), finance),
    no("invoke_risk_model", risk(true), { role: "admin" }),
  ]),
  permits('Allow users whose "cost_center" is "XYZ 1" to create applications.', [
    yes("create_application", application(1), { cost_center: "XYZ 1" }),
    no("create_application", application(1), { cost_center: "XYZ" }),
  ]),
  permits(
    "- Allow users to create applications with a coverage amount of at most 100\n- Users with the role underwriter may approve underwriting",
    [
      yes("create_application", application(100)),
      no("create_application", application(101)),
      yes("approve_underwriting", claim(1), { role: "underwriter" }),
      no("approve_underwriting", claim(1)),
    ],
    2,
  ),
  permits(
    "Allow everyone to create applications, and allow users with role underwriter to approve underwriting.",
    [
      yes("create_application", application(1)),
      yes("approve_underwriting", claim(1), { role: "underwriter" }),
      no("approve_underwriting", claim(1)),
    ],
    2,
  ),
  signed.permits("Anyone may create applications with a coverage amount below $100.", [
    yes("create_application", application(99)),
    no("create_application", application(100)),
  ]),
  signed.permits('Allow the caller with id "arn:aws:iam::123456789012:role/agent" to create applications.', [
    yes("create_application", application(1), {}, "arn:aws:iam::123456789012:role/agent"),
    no("create_application", application(1), {}, "arn:aws:iam::123456789012:role/other"),
  ]),
  forbids("No user in the sales department may approve underwriting unless they have role lead.", [
    no("approve_underwriting", claim(1), { department: "sales" }),
    yes("approve_underwriting", claim(1), { department: "sales", role: "lead" }),
    yes("approve_underwriting", claim(1), { department: "finance" }),
  ]),
  forbids("Unless the risk level is low, deny approving underwriting.", [
    yes("approve_underwriting", claim(1, "low")),
    no("approve_underwriting", claim(1, "high")),
  ]),
  permits("Users may approve underwriting, except if the risk level is high and the claim amount is over 100.", [
    yes("approve_underwriting", claim(101, "low")),
    yes("approve_underwriting", claim(100, "high")),
    no("approve_underwriting", claim(101, "high")),
  ]),
  permits("If the user is in the finance department, they may run the risk model and approve underwriting.", [
    yes("invoke_risk_model", risk(true), finance),
    yes("approve_underwriting", claim(1), finance),
    no("approve_underwriting", claim(1), engineering),
  ]),
  // Refused.
  signed.refuses("Users in the finance department may invoke the risk model.", "SigV4", "claims"),
  refuses("Allow finance users to invoke the risk model.", "finance"),
  refuses("Allow admins to create applications.", "admins"),
  refuses("Allow everyone to delete applications.", "delete"),
  refuses("Allow users to create applications with a premium under $500.", "premium"),
  refuses("Allow users to create applications with an applicant region under 5.", "applicant_region", "number"),
  refuses("Allow users to create applications if the coverage amount is US.", "coverage_amount", "number"),
  refuses("Allow users to create applications around $5 million.", "around"),
  refuses("Allow users to create applications with a coverage amount of about 5M.", "about"),
  refuses("Allow users to create applications with a high coverage amount.", "high"),
  refuses("Allow users to create applications if the coverage amount is over 500 and under 100.", "contradicts"),
  refuses(
    "Allow users to create applications if the region is US and the coverage amount is under 5 or the region is UK.",
    "mixed",
  ),
  refuses("May users create applications?", "question"),
  refuses("Don't allow if it's more than $5 million.", "which tool"),
  refuses("Allow users to approve underwriting after approval by a manager.", "after"),
  refuses("Allow users to create applications with a coverage amount under $5 million and 3 euros.", "3 euros"),
  refuses("Allow users to create applications with a coverage amount under 500 euros.", "euros"),
  refuses("Users may create applications for their own region.", "own"),
  refuses("Allow users to create applications. Only if the region is good.", "may change"),
  refuses("Users should create applications.", "should"),
  refuses("Allow users to create applications but log them.", "log"),
  refuses("The coverage amount is usually under 5M.", "usually"),
  refuses("Allow users whose foo is bar to create applications.", "foo"),
  refuses("Allow users whose roles include admin to create applications.", "list"),
  refuses("Allow users to create applications with coverage of 50%.", "50%"),
  refuses("Allow users to create applications if the region is the same.", "region is"),
  refuses("Allow users to create applications if the region is foreign.", "foreign", "quotes"),
  refuses("Allow users to create applications with a coverage amount under 0.5.", "whole number"),
  refuses("Allow creating an application if the coverage is between 1 and 2 million dollars.", "scale"),
  refuses("Allow users to create applications with coverage amount under 5 or over 10 million.", "scale"),
  refuses("Users may create applications if the region is US, or UK and the coverage amount is under 5.", "UK"),
  refuses("They may create applications.", "they"),
  refuses("No everyone may create applications.", "everyone"),
  refuses("All users may not create applications.", "nobody"),
  refuses("Applications may not be created only if the region is US.", "only"),
  refuses("Only users may create applications.", "only"),
  refuses("Allow the user some to create applications.", "some"),
  refuses("Users may approve underwriting except users with role intern unless the risk level is low.", "exception"),
  refuses("Users may approve underwriting unless the risk level is high if the claim amount is over 5.", "exception"),
  refuses("Underwriting should be approved by the finance department.", "should"),
  refuses("Users may invoke.", "invoke"),
  refuses("USERS WITH ROLE ADMIN MAY CREATE APPLICATIONS", "capitals"),
  refuses("Don't forbid users to create applications.", "users"),
  refuses("Nobody may not create applications.", "not"),
  refuses("Users who are not admins may create applications.", "admins"),
  refuses("Customer service agents may approve underwriting.", "customer"),
];
