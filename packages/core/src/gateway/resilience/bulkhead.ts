/**
 * How many calls of a target are under way. A call counts until it has really ended, also when nobody waits for it any
 * more. There is no queue: whoever finds no place hears so at once, and can say when to come again.
 */
export class Bulkhead {
  #underWay = 0;

  get underWay(): number {
    return this.#underWay;
  }

  /** Takes a place among so many. @returns what gives it back, once; or undefined when there is none. */
  enter(places: number): (() => void) | undefined {
    if (this.#underWay >= places) return undefined;
    this.#underWay++;
    let held = true;
    return () => {
      if (held) this.#underWay--;
      held = false;
    };
  }
}
