/** Words of English that the grammar gives a meaning, by what they are for. No other word passes unnoticed. */

const set = (words: string): ReadonlySet<string> => new Set(words.split(" "));

export const determiners = set("the a an any all every each");

/** Words that stand for anybody: everyone who calls is a user, and all that calls is an agent. */
export const everybody = set("everyone everybody anyone anybody you");
export const persons = set("user users principal principals caller callers person people ppl agent agents");
/** Words that stand for people only with what is said of them: "those with role admin". */
export const someones = set("member members somebody someone those");
export const pronouns = set("they he she");

/** Words that are people wherever they stand: "role intern or users with role guest" names one role. */
export const severalPeople = set("users principals callers people ppl agents members somebody someone those");

/** Words for a tool as such. */
export const toolNouns = set(
  "tool tools action actions function functions api apis endpoint endpoints operation operations",
);

/** Verbs that say no more than that a tool is called. */
export const lightVerbs = set(
  "use uses using used call calls calling called invoke invokes invoking invoked run runs running execute executes executing executed " +
    "do does doing perform performs performing process processing make makes making issue issues issuing handle handles handling trigger triggers triggering access accessing",
);

/** Verbs that do the same, by their stems. */
export const sameVerbs: readonly ReadonlySet<string>[] = [
  set("creat mak add"),
  set("delet remov eras"),
  set("get fetch retriev"),
  set("updat chang modifi edit"),
  set("invok run execut call us trigger"),
];

/** What separates the parts of a sentence, and so can't be within a name or a value unless it is quoted. */
export const structural = set(
  "is are be been was were being not no never none nor neither either and or but if when whenever where while unless except until then than that which " +
    "who whose whom with without within under below over above up at least most more less fewer greater lower higher larger smaller between " +
    "exceed exceeds exceeding equal equals exactly of to in into from for on by as so long provided provided may can must should shall will would could might " +
    "allow allows permit permits let lets enable authorize authorise deny forbid block prohibit disallow prevent stop reject refuse grant give " +
    "only everyone everybody anyone anybody nobody they it its he she their his her this these those there has have having do does did 's " +
    "contains contain containing includes include including starts start begins begin ends end one the a an any all every each also both same other",
);

/** Words after "is" that compare with something that is not said, or judge: no value is ever meant by them. */
export const relative = set(
  "some several many few most more less same different similar equal valid invalid known unknown unusual suspicious other another own mine theirs correct right wrong appropriate reasonable " +
    "acceptable trusted untrusted approved unapproved authorized unauthorized allowed permitted necessary required needed available unavailable " +
    "good bad big small large huge tiny great recent new old safe unsafe empty blank null nothing something anything everything important relevant " +
    "missing absent present provided given specified supplied included omitted set unset granted obtained true false yes no here",
);

/** Words beside a claim that describe its value: "a foreign country", "the highest clearance", "a manager or equivalent". */
export const describing = set(
  "my our your whichever whatever certain particular specific respective corresponding foreign domestic local highest lowest top best worst " +
    "better worse later earlier newer older equivalent comparable beyond onwards upwards abroad elsewhere",
);

/** What says that a parameter is there. */
export const presence = set("provided given present specified supplied included set granted obtained");
export const absence = set("missing absent omitted");

/** Whether the grammar has a use for a word. */
export function isGrammatical(lower: string): boolean {
  return [
    determiners,
    everybody,
    persons,
    pronouns,
    toolNouns,
    lightVerbs,
    structural,
    presence,
    absence,
    connected,
  ].some((words) => words.has(lower));
}

/** Words of the grammar's phrases that are in no other list. */
const connected = set(
  "allowed permitted authorized forbidden prohibited denied blocked access claim tag attribute case condition maximum minimum please",
);
