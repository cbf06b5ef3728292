import { account, refund, transfer } from "./arguments.ts";
import { type CorpusEntry, entriesFor, no, yes } from "./entry.ts";

const { permits, forbids, refuses } = entriesFor("bank");

/** Refunds, payments and accounts: decimals, optional parameters, enumerations, lists. */
export const bankEntries: readonly CorpusEntry[] = [
  // As AWS's documentation writes them.
  permits("Allow users with role customer-service to process refunds up to 500 dollars", [
    yes("process_refund", refund(500), { role: "customer-service" }),
    no("process_refund", refund(500.01), { role: "customer-service" }),
    no("process_refund", refund(1), { role: "sales" }),
    no("process_refund", refund(1)),
  ]),
  permits('Allow principal with username "refund-agent" to process refunds when the refund amount is less than $500.', [
    yes("process_refund", refund(499.99), { username: "refund-agent" }),
    no("process_refund", refund(500), { username: "refund-agent" }),
    no("process_refund", refund(1), { username: "other" }),
  ]),
  permits("Allow all principals to get balance and get refund status.", [
    yes("getBalance", account()),
    yes("get_refund_status", { refund_id: "r" }),
    no("process_refund", refund(1)),
  ]),
  forbids("Block principals from processing refunds unless a reason is provided.", [
    no("process_refund", refund(1)),
    yes("process_refund", refund(1, { reason: "broken" })),
  ]),
  forbids("Prevent principals from closing accounts unless the principal has the role manager or owner.", [
    yes("close_account", account(), { role: "manager" }),
    yes("close_account", account(), { role: "owner" }),
    no("close_account", account(), { role: "teller" }),
    no("close_account", account()),
  ]),
  permits("Only allow principals with the 'senior-teller' role to close accounts.", [
    yes("close_account", account(), { role: "senior-teller" }),
    no("close_account", account(), { role: "teller" }),
  ]),
  permits("Allow users whose scope contains payments:write to transfer money.", [
    yes("transfer_money", transfer(1), { scope: "a payments:write b" }),
    no("transfer_money", transfer(1), { scope: "a payments:writer" }),
  ]),
  // Amounts.
  permits("Refunds under $99.50 are allowed.", [
    yes("process_refund", refund(99.49)),
    no("process_refund", refund(99.5)),
  ]),
  permits("Allow refunds between 10 and 20 dollars.", [
    yes("process_refund", refund(10)),
    yes("process_refund", refund(20)),
    no("process_refund", refund(9.99)),
    no("process_refund", refund(20.01)),
  ]),
  permits("Users with role teller may transfer at most 1,000.", [
    yes("transfer_money", transfer(1_000), { role: "teller" }),
    no("transfer_money", transfer(1_001), { role: "teller" }),
    no("transfer_money", transfer(1), {}),
  ]),
  permits("Any user may transfer money if the amount is 100 or less.", [
    yes("transfer_money", transfer(100)),
    no("transfer_money", transfer(101)),
  ]),
  permits("Any user may transfer money if the fee is below 0.25.", [
    yes("transfer_money", transfer(1, { fee: 0.2499 })),
    no("transfer_money", transfer(1, { fee: 0.25 })),
    no("transfer_money", transfer(1)),
  ]),
  permits("Allow transfers of exactly 100.", [
    yes("transfer_money", transfer(100)),
    no("transfer_money", transfer(99)),
  ]),
  permits("Allow transfers of more than ten thousand for users with role treasurer.", [
    yes("transfer_money", transfer(10_001), { role: "treasurer" }),
    no("transfer_money", transfer(10_000), { role: "treasurer" }),
    no("transfer_money", transfer(10_001), { role: "teller" }),
  ]),
  forbids("Refunds of at least 1.5 thousand dollars must be blocked.", [
    no("process_refund", refund(1_500)),
    yes("process_refund", refund(1_499.99)),
  ]),
  forbids("Deny transfers over 5k unless urgent is true.", [
    no("transfer_money", transfer(5_001)),
    no("transfer_money", transfer(5_001, { urgent: false })),
    yes("transfer_money", transfer(5_001, { urgent: true })),
    yes("transfer_money", transfer(5_000)),
  ]),
  forbids("Money must not be transferred in USD.", [
    no("transfer_money", transfer(1, { currency: "USD" })),
    yes("transfer_money", transfer(1, { currency: "EUR" })),
    yes("transfer_money", transfer(1)),
  ]),
  // Enumerations, flags, presence, lists.
  permits("Allow transferring money with currency usd.", [
    yes("transfer_money", transfer(1, { currency: "USD" })),
    no("transfer_money", transfer(1, { currency: "GBP" })),
    no("transfer_money", transfer(1)),
  ]),
  permits("Let anyone transfer money if the currency is neither USD nor GBP.", [
    yes("transfer_money", transfer(1, { currency: "EUR" })),
    no("transfer_money", transfer(1, { currency: "USD" })),
    no("transfer_money", transfer(1)),
  ]),
  forbids("Nobody may transfer money if the currency is not EUR.", [
    yes("transfer_money", transfer(1, { currency: "EUR" })),
    no("transfer_money", transfer(1, { currency: "USD" })),
    no("transfer_money", transfer(1)),
  ]),
  permits("Urgent transfers are only allowed for users with role manager.", [
    yes("transfer_money", transfer(1, { urgent: true }), { role: "manager" }),
    no("transfer_money", transfer(1, { urgent: false }), { role: "manager" }),
    no("transfer_money", transfer(1, { urgent: true }), { role: "teller" }),
  ]),
  permits("Accounts can be closed only by users with role manager.", [
    yes("close_account", account(), { role: "manager" }),
    no("close_account", account(), { role: "teller" }),
  ]),
  permits("Users may close an account as long as confirmed is true.", [
    yes("close_account", account({ confirmed: true })),
    no("close_account", account({ confirmed: false })),
    no("close_account", account()),
  ]),
  forbids('Do not close accounts whose tags include "vip".', [
    no("close_account", account({ tags: ["vip", "old"] })),
    yes("close_account", account({ tags: ["old"] })),
    yes("close_account", account()),
  ]),
  forbids('Closing accounts is forbidden if the tags contain any of "vip" and "staff".', [
    no("close_account", account({ tags: ["staff"] })),
    yes("close_account", account({ tags: ["old"] })),
  ]),
  permits('Everyone may close accounts if the tags contain all of "checked" and "old".', [
    yes("close_account", account({ tags: ["checked", "old"] })),
    no("close_account", account({ tags: ["checked"] })),
    no("close_account", account()),
  ]),
  permits("Allow refunds with a reason.", [
    yes("process_refund", refund(1, { reason: "broken" })),
    no("process_refund", refund(1)),
  ]),
  permits("Allow refunds without a reason up to $20.", [
    yes("process_refund", refund(20)),
    no("process_refund", refund(20, { reason: "broken" })),
    no("process_refund", refund(21)),
  ]),
  permits("Users in the EU region may transfer money in EUR.", [
    yes("transfer_money", transfer(1, { currency: "EUR" }), { region: "EU" }),
    no("transfer_money", transfer(1, { currency: "EUR" }), { region: "US" }),
    no("transfer_money", transfer(1, { currency: "USD" }), { region: "EU" }),
  ]),
  permits("Users without the role trainee may process refunds.", [
    yes("process_refund", refund(1), { role: "teller" }),
    yes("process_refund", refund(1)),
    no("process_refund", refund(1), { role: "trainee" }),
  ]),
  permits("Everyone can use all refund tools.", [
    yes("process_refund", refund(1)),
    yes("get_refund_status", { refund_id: "r" }),
    no("close_account", account()),
  ]),
  permits("Allow everyone access to any tool of the PaymentTarget.", [
    yes("transfer_money", transfer(1)),
    no("close_account", account()),
  ]),
  permits("If the user has role manager, they may close accounts.", [
    yes("close_account", account(), { role: "manager" }),
    no("close_account", account(), { role: "teller" }),
  ]),
  permits(
    "Users with role teller or manager may process refunds where the amount is at most 100 and the reason is provided.",
    [
      yes("process_refund", refund(100, { reason: "x" }), { role: "teller" }),
      no("process_refund", refund(100), { role: "teller" }),
      no("process_refund", refund(101, { reason: "x" }), { role: "manager" }),
    ],
  ),
  permits("Users with role teller may issue refunds of up to 20 dollars.", [
    yes("process_refund", refund(20), { role: "teller" }),
    no("process_refund", refund(20.01), { role: "teller" }),
    no("process_refund", refund(1)),
  ]),
  // Refused.
  refuses("Allow access to refunds.", "get_refund_status"),
  refuses("Allow everyone to use the refund tool.", "process_refund", "get_refund_status"),
  refuses("Allow refunds under $500 or 400 euros.", "400 euros"),
  refuses("Allow refunds up to 500 pounds.", "pounds", "dollars"),
  refuses("Allow transfers up to 500 EUR.", "currency"),
  refuses("Users may access refunds.", "get_refund_status"),
  refuses("Users may get refunds.", "get refunds"),
  refuses("Users may process orders.", "process orders"),
  refuses("Users may close accounts with tags.", "tags"),
  refuses("They may process refunds.", "they"),
  refuses("Allow transfers if the amount is under the fee.", "amount is"),
  refuses("Allow large transfers.", "large"),
  refuses("Allow transfers to trusted recipients.", "trusted"),
  refuses("Allow transfers if the recipient is known.", "known"),
  refuses("Allow transfers with currency JPY.", "JPY"),
  refuses("Allow transfers if the currency is over 5.", "currency"),
  refuses("Allow at most 3 refunds.", "refund"),
  refuses("Users may process refunds at most 3 times a day.", "a day"),
  refuses("Allow refunds if the order is older than 30 days.", "older"),
  refuses("Allow refunds on weekdays.", "weekdays"),
  refuses("Allow refunds up to 10% of the order.", "10%"),
  refuses("Allow refunds under 5m.", "5m"),
  refuses("Allow refunds under 1.000 dollars.", "1.000"),
  refuses("Allow refunds under 0.00001 dollars.", "0.00001"),
  refuses("Managers may process any refund.", "managers"),
  refuses("Allow users in the groups tellers to process refunds.", "groups"),
  refuses("Allow users with role teller and role manager to process refunds.", "contradicts"),
  refuses("Anyone may get.", "getBalance", "get_refund_status"),
  refuses("Allow transfers if the limit is under 500.", "limit"),
  refuses("Transfers need approval.", "need"),
  refuses("Allow users with role teller to process refunds or transfer money if urgent is true.", "urgent"),
];
