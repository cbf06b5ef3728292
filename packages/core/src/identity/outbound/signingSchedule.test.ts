import fc from "fast-check";
import { expect, test } from "vitest";
import {
  jwksSeconds,
  longestJwtSeconds,
  published,
  type Scheduled,
  secondsUntilFollowed,
  secondsUntilSigning,
  signing,
} from "./signingSchedule.ts";

interface Made extends Scheduled {
  readonly madeAt: number;
}

const upTo = (seconds: number) => fc.nat({ max: seconds * 1_000 });

/** The first key, which was always there, and rotations: each is possible once the key before it signs. */
const deployments = fc.array(upTo(3_000), { maxLength: 6 }).map((pauses) => {
  const keys: Made[] = [{ madeAt: 0, signsFrom: 0 }];
  for (const pause of pauses) {
    const madeAt = (keys.at(-1)?.signsFrom ?? 0) + pause;
    keys.push({ madeAt, signsFrom: madeAt + secondsUntilSigning * 1_000 });
  }
  return keys;
});

/** What a process knows that has last looked at a moment. */
const knownAt = (keys: readonly Made[], time: number) => keys.filter(({ madeAt }) => madeAt <= Math.max(0, time));

test("whatever any process signs is verified with any copy of the keys, from any process, for as long as it holds", () => {
  const staleness = upTo(secondsUntilFollowed);
  const property = fc.property(
    deployments,
    fc.nat(),
    fc.oneof(upTo(1_500), upTo(secondsUntilFollowed)),
    upTo(longestJwtSeconds),
    upTo(jwksSeconds),
    staleness,
    staleness,
    (keys, which, since, age, copyAge, signerBehind, publisherBehind) => {
      // Around the moments at which something changes.
      const signedAt = (keys[which % keys.length]?.signsFrom ?? 0) + since;
      const signer = signing(knownAt(keys, signedAt - signerBehind), signedAt);
      const fetchedAt = Math.max(0, signedAt + age - copyAge);
      const copy = published(knownAt(keys, fetchedAt - publisherBehind), fetchedAt);
      expect(copy).toContain(signer);
    },
  );
  fc.assert(property, { numRuns: 5_000 });
});

test("a key that signs no longer is published for a while, and no longer", () => {
  const keys = [{ signsFrom: 0 }, { signsFrom: 1_000_000 }];
  const end = 1_000_000 + (secondsUntilFollowed + longestJwtSeconds + jwksSeconds) * 1_000;
  expect([published(keys, end - 1), published(keys, end)]).toEqual([keys, keys.slice(1)]);
  expect([signing(keys, 999_999), signing(keys, 1_000_000)]).toEqual(keys);
});
