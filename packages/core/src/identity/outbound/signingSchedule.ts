/** In seconds: how long anybody may keep what `/oauth/jwks.json` says, and how long Gatehouse's caches in between do. */
export const jwksSeconds = 300;

/** In seconds: how long a process goes on with the keys that it knows before it looks whether there is a newer one. */
export const secondsUntilFollowed = 60;

/** In seconds: the longest that a JWT of the deployment may hold. */
export const longestJwtSeconds = 300;

/**
 * In seconds: how long a new key is published before it signs. Every process must have noticed it and every copy of the
 * published keys must be over, and there are verifiers that keep one for ten minutes whatever they are told.
 */
export const secondsUntilSigning = 900;

/**
 * In seconds: how long a key is published after the next one signs. A process may not have looked yet, what it signs holds
 * for a while, and whoever verifies that may have fetched the keys before.
 */
const secondsAfterwards = secondsUntilFollowed + longestJwtSeconds + jwksSeconds;

/** A key that signs from a moment on, until the next one does. */
export interface Scheduled {
  /** In epoch milliseconds. */
  readonly signsFrom: number;
}

/**
 * The key that signs at a moment.
 * @param keys of a deployment, from the oldest.
 * @throws Error where there is none yet.
 */
export function signing<Key extends Scheduled>(keys: readonly Key[], time: number): Key {
  const key = keys.findLast(({ signsFrom }) => signsFrom <= time);
  if (key === undefined) throw new Error("No key signs yet.");
  return key;
}

/** The keys that are published at a moment: the one that signs, those that come, and those whose JWTs may still be verified. */
export function published<Key extends Scheduled>(keys: readonly Key[], time: number): readonly Key[] {
  return keys.filter((_, index) => {
    const next = keys[index + 1];
    return next === undefined || time < next.signsFrom + secondsAfterwards * 1_000;
  });
}
