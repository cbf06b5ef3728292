/** What no policy of this engine can see, and words that leave to the reader what they mean. */
const reasons: readonly (readonly [RegExp, (words: string) => string])[] = [
  [/\b\d[\d.,]* ?(?:%|per ?cent\b)/iu, (words) => `"${words}" is a share of something that is not said`],
  [
    /\b(?:business|working|office) (?:hours|days?)\b|\b(?:during|daytime|overnight|weekends?|weekdays?|holidays?|midnight|noon|tonight|today|tomorrow|yesterday|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?)\b|\b\d{1,2} ?(?:am|pm)\b/iu,
    (words) =>
      `"${words}" is about the time, which is not translated; write the policy in Cedar with context.system.now`,
  ],
  [
    /\b(?:per|a|an|each|every) (?:second|minute|hour|day|week|month|quarter|year)\b|\b(?:daily|hourly|weekly|monthly|yearly|times|twice|once)\b/iu,
    (words) => `"${words}" is about how often, and a policy sees one call at a time`,
  ],
  [
    /\b(?:after|before|previous(?:ly)?|already|last|history|afterwards|until|first time|in a row|again|a successful)\b/iu,
    (words) => `"${words}" is about other calls or times, and a policy sees one call at a time`,
  ],
  [/\b(?:half|dozens?|quarter of)\b|[½¼¾]/iu, (words) => `write "${words}" as a number in digits`],
  [
    /\bnot (?:all|every|everyone|everybody|only)\b/iu,
    (words) => `"${words}" leaves open who or what; name those who may, or those who may not`,
  ],
  [
    /\b(?:not|never|n['’]t) (?:forbid(?:den)?|prohibit(?:ed)?|prevent(?:ed)?|deny|denied|block(?:ed)?|stop(?:ped)?|fail)\b/iu,
    (words) => `"${words}" does not say whether it is allowed; write "may"`,
  ],
  [
    /\b(?:around|about|roughly|approximately|nearly|almost|circa|some|few|several|many)\b/iu,
    (words) => `"${words}" leaves open what exactly is meant; write a number`,
  ],
  [
    /\b(?:large|big|huge|small|tiny|(?<!\b(?:is|not|or|level|to) )(?:high|low)|reasonable|reasonably|recent|recently|appropriate|sensitive|looks?|suspicious|legitimate|trusted|urgently|excessive|normal|typical|unusual|risky|safe|careful|important|necessary|usually|generally|normally|sometimes|maybe|perhaps|probably|should try|ideally|hopefully)\b/iu,
    (words) => `"${words}" is a matter of judgement; say what must hold in numbers, values or claims`,
  ],
  [
    /\b(?:(?:my|our|your|his|her|their) own|my|our|your|his|her|their|own|themselves)\b/iu,
    (words) => `"${words}" is about whose something is, which the call doesn't show`,
  ],
  [
    /\b(?:should|must|shall|need to|needs to|have to|has to)\b(?! (?:not|never|only|be \w+ed|be able|be possible)\b)/iu,
    (words) =>
      `"${words}" says what people have to do, and a policy only what they may; write "may", "may only" or "must not"`,
  ],
  [
    /\b(?:else|otherwise|others|rest|remaining)\b/iu,
    (words) => `"${words}" depends on other statements; what no policy permits is denied anyway`,
  ],
];

/** Why a sentence that wasn't understood can't be, if it has words that say so. */
export function unknowableIn(sentence: string): string | undefined {
  for (const [pattern, reason] of reasons) {
    const [words] = pattern.exec(sentence) ?? [];
    if (words !== undefined) return reason(words);
  }
  return undefined;
}
