import { file, leave, meeting, salary, share } from "./arguments.ts";
import { type CorpusEntry, entriesFor, no, yes } from "./entry.ts";

const { permits, forbids, refuses } = entriesFor("office");

/** Meetings, leave, salaries and files: units, nested objects, lists of enumerations, patterns. */
export const officeEntries: readonly CorpusEntry[] = [
  permits("Everyone may book meetings of at most 30 minutes.", [
    yes("book_meeting", meeting({ duration_minutes: 30 })),
    no("book_meeting", meeting({ duration_minutes: 31 })),
    no("book_meeting", meeting()),
  ]),
  permits("Users may book meetings if the duration is under 120 minutes.", [
    yes("book_meeting", meeting({ duration_minutes: 119 })),
    no("book_meeting", meeting({ duration_minutes: 120 })),
  ]),
  permits("Allow booking private meetings.", [
    yes("book_meeting", meeting({ visibility: "private" })),
    no("book_meeting", meeting({ visibility: "public" })),
    no("book_meeting", meeting()),
  ]),
  permits("Allow users to book a meeting with public visibility.", [
    yes("book_meeting", meeting({ visibility: "public" })),
    no("book_meeting", meeting({ visibility: "private" })),
  ]),
  forbids('Nobody may book meetings if the attendees include "ceo@example.com".', [
    no("book_meeting", meeting({ attendees: ["ceo@example.com", "x"] })),
    yes("book_meeting", meeting({ attendees: ["x"] })),
    yes("book_meeting", meeting()),
  ]),
  forbids("Users who are not in the hr department must not update salaries.", [
    yes("update_salary", salary(1), { department: "hr" }),
    no("update_salary", salary(1), { department: "it" }),
    no("update_salary", salary(1)),
  ]),
  permits("Members of the hr department can update salaries if the address country is DE or AT.", [
    yes("update_salary", salary(1, "AT"), { department: "hr" }),
    no("update_salary", salary(1, "US"), { department: "hr" }),
    no("update_salary", salary(1, "DE"), { department: "it" }),
  ]),
  permits('Users may update salaries when the city is "Berlin".', [
    yes("update_salary", salary(1, "DE", { city: "Berlin" })),
    no("update_salary", salary(1, "DE", { city: "Bonn" })),
    no("update_salary", salary(1, "DE")),
  ]),
  permits("Allow users with role hr to update a salary if the new salary is at most 80000 euros.", [
    yes("update_salary", salary(80_000), { role: "hr" }),
    no("update_salary", salary(80_000.01), { role: "hr" }),
  ]),
  permits("Everyone may request leave.", [yes("request_leave", leave(1)), no("read_file", file("/a"))]),
  permits("Users may request up to 10 days of sick leave.", [
    yes("request_leave", leave(10, "sick")),
    no("request_leave", leave(11, "sick")),
    no("request_leave", leave(10, "unpaid")),
  ]),
  permits("Users may request leave of 5 days or less if the leave type is vacation or unpaid.", [
    yes("request_leave", leave(5, "unpaid")),
    no("request_leave", leave(6, "unpaid")),
    no("request_leave", leave(5, "sick")),
  ]),
  forbids("Deny leave requests over 20 days unless the leave type is sick.", [
    no("request_leave", leave(21)),
    yes("request_leave", leave(21, "sick")),
    yes("request_leave", leave(20)),
  ]),
  permits(
    'Allow users to read files if the path starts with "/team/" and the path does not start with "/team/secret/".',
    [yes("read_file", file("/team/a")), no("read_file", file("/team/secret/a")), no("read_file", file("/other"))],
  ),
  permits('Anyone may read files whose path ends with ".md".', [
    yes("read_file", file("/a.md")),
    no("read_file", file("/a.md.exe")),
  ]),
  forbids('Files must not be deleted if the path contains "archive".', [
    no("delete_file", file("/an/archive/x")),
    yes("delete_file", file("/x")),
  ]),
  forbids("File deletion is prohibited.", [no("delete_file", file("/a")), yes("read_file", file("/a"))]),
  forbids("No one but users with role owner can delete files.", [
    yes("delete_file", file("/a"), { role: "owner" }),
    no("delete_file", file("/a"), { role: "guest" }),
    no("delete_file", file("/a")),
  ]),
  permits("Files may be read by users in the finance and audit departments.", [
    yes("read_file", file("/a"), { department: "audit" }),
    yes("read_file", file("/a"), { department: "finance" }),
    no("read_file", file("/a"), { department: "it" }),
  ]),
  permits("Users may delete files without recursive.", [
    yes("delete_file", file("/a")),
    yes("delete_file", file("/a", { recursive: false })),
    no("delete_file", file("/a", { recursive: true })),
  ]),
  permits("Users may share files if the permissions do not contain edit.", [
    yes("share_file", share(["view", "comment"])),
    no("share_file", share(["edit"])),
  ]),
  permits("Users may share files with expires days of at most 7.", [
    yes("share_file", share(["view"], { expires_days: 7 })),
    no("share_file", share(["view"], { expires_days: 8 })),
    no("share_file", share(["view"])),
  ]),
  permits("Everyone may read files, share files and delete files.", [
    yes("read_file", file("/a")),
    yes("share_file", share(["edit"])),
    yes("delete_file", file("/a")),
    no("request_leave", leave(1)),
  ]),
  permits("All users can call all tools of the CalendarTarget.", [
    yes("book_meeting", meeting()),
    yes("cancel_meeting", { meeting_id: "m" }),
    no("read_file", file("/a")),
  ]),
  permits("Anyone may use all file tools.", [
    yes("read_file", file("/a")),
    yes("delete_file", file("/a")),
    no("book_meeting", meeting()),
  ]),
  forbids("Unless the user has role manager, meetings must not be cancelled.", [
    yes("cancel_meeting", { meeting_id: "m" }, { role: "manager" }),
    no("cancel_meeting", { meeting_id: "m" }, { role: "x" }),
    no("cancel_meeting", { meeting_id: "m" }),
  ]),
  // Refused.
  refuses("Allow salary updates if the address country is Germany.", "country", "code"),
  refuses("Members may request leave.", "members"),
  refuses("Allow user accounts to request leave.", "accounts"),
  refuses("Employees can request leave.", "employees"),
  refuses("Users may book meetings if the duration is under 2 hours.", "hours"),
  refuses("Users may book meetings during business hours.", "business hours"),
  refuses("Users may book meetings after 9am.", "after"),
  refuses("Users may only read their own files.", "own"),
  refuses("Everyone may read old files.", "old"),
  refuses("Everyone may read files owned by finance.", "owned"),
  refuses("Everyone may read files from the archive.", "archive"),
  refuses("Users may read files if the path is confidential.", "confidential", "quotes"),
  refuses("Users may share files if the permissions contain delete.", "delete", "view"),
  refuses("Users may delete files and also folders.", "folders"),
  refuses("Users may update employees.", "employees"),
  refuses("Nobody may share files externally.", "externally"),
  refuses("Users may request paternity leave.", "paternity"),
  refuses("Users may request leave if the days are vacation.", "days", "number"),
  refuses("Users may request leave if the leave type is vacation and the leave type is sick.", "contradicts"),
  refuses("Users may book a few meetings.", "few"),
  refuses("Let users book, unless the boss objects, meetings.", "boss"),
  refuses('Users may cancel meetings if the title is "x".', "title"),
  refuses("Users may read files and book meetings with a duration under 30 minutes.", "about all of them"),
  refuses("The following is forbidden:\n- Users may delete files", "may change"),
  refuses("These are only examples. Users may delete files.", "examples"),
  refuses("Users may delete files. This only applies to users with role owner.", "may change"),
  refuses("Lorem ipsum dolor sit amet.", "lorem"),
  refuses("Only delete files.", "files"),
];
