import { PatternError, type Program } from "./program.ts";

/** How much matching may still be done, in steps of a program: a number that several patterns can share. */
export interface Budget {
  steps: number;
}

/**
 * Whether a pattern matches somewhere in a text. All ways through the program are followed at once, code point by code
 * point, so that the time is at most the product of the text's length and the program's; nothing is ever tried twice.
 * @throws PatternError when the budget is used up.
 */
export function matches(program: Program, text: string, budget: Budget): boolean {
  return new Run(program, text, budget).matches();
}

class Run {
  readonly #program: Program;
  readonly #text: string;
  readonly #budget: Budget;
  /** For each instruction, one more than the number of code points before the moment when it was last reached. */
  readonly #reached: Int32Array;
  /** For each `count`: since when the ways that are within it are; undefined where none is. */
  readonly #entries: (Entries | undefined)[] = [];
  readonly #pending: number[] = [];
  #active: number[] = [];
  #following: number[] = [];
  #matched = false;
  /** The code points on both sides of where the run is. */
  #previous: number | undefined;
  #current: number | undefined;

  constructor(program: Program, text: string, budget: Budget) {
    this.#program = program;
    this.#text = text;
    this.#budget = budget;
    this.#reached = new Int32Array(program.instructions.length);
    this.#current = text.codePointAt(0);
  }

  matches(): boolean {
    const { instructions, first } = this.#program;
    const begins = instructions[first];
    const isAnchored = begins?.type === "assert" && begins.at === "start";
    let offset = 0;
    for (let time = 0; ; time++) {
      if (time === 0 || !isAnchored) this.#reach(first, time);
      if (this.#matched) return true;
      const character = this.#current;
      if (character === undefined || (isAnchored && this.#following.length === 0)) return false;
      if (this.#budget.steps < 0) throw new PatternError("its patterns take too long for this value");
      offset += character > 0xffff ? 2 : 1;
      this.#previous = character;
      this.#current = this.#text.codePointAt(offset);
      this.#take(character, time + 1);
    }
  }

  /** Every way that goes on takes a character; those within a count first: what enters one now must not take it too. */
  #take(character: number, time: number): void {
    const active = this.#following;
    this.#following = this.#active;
    this.#following.length = 0;
    this.#active = active;
    for (const at of active) this.#stay(at, character, time);
    for (const at of active) this.#leave(at, character, time);
  }

  #stay(at: number, character: number, time: number): void {
    const instruction = this.#program.instructions[at];
    const within = this.#entries[at];
    if (instruction?.type !== "count" || within === undefined) return;
    if (!instruction.test(character)) within.clear();
    else within.dropBefore(time - instruction.max);
    if (!within.isEmpty) this.#following.push(at);
  }

  #leave(at: number, character: number, time: number): void {
    this.#budget.steps--;
    const instruction = this.#program.instructions[at];
    if (instruction?.type === "character") {
      if (instruction.test(character)) this.#reach(instruction.next, time);
    } else if (instruction?.type === "count") {
      const oldest = this.#entries[at]?.oldest ?? time;
      if (oldest < time && time - oldest >= instruction.min) this.#reach(instruction.next, time);
    }
  }

  /** Follows what takes no character, where `time` code points have been taken. */
  #reach(start: number, time: number): void {
    const pending = this.#pending;
    pending.push(start);
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (this.#reached[at] === time + 1) continue;
      this.#reached[at] = time + 1;
      this.#budget.steps--;
      const instruction = this.#program.instructions[at];
      if (instruction?.type === "character") this.#following.push(at);
      else if (instruction?.type === "split") pending.push(instruction.other, instruction.next);
      else if (instruction?.type === "count") {
        this.#enter(at, time, instruction.max === Number.POSITIVE_INFINITY);
        if (instruction.min === 0) pending.push(instruction.next);
      } else if (instruction?.type === "assert") {
        if (this.#holds(instruction.at)) pending.push(instruction.next);
      } else this.#matched = true;
    }
  }

  #enter(at: number, time: number, isWithoutMaximum: boolean): void {
    let within = this.#entries[at];
    if (within === undefined) {
      within = new Entries();
      this.#entries[at] = within;
    }
    if (within.isEmpty) this.#following.push(at);
    // Without a maximum, the oldest speaks for all.
    else if (isWithoutMaximum) return;
    within.add(time);
  }

  #holds(at: "start" | "end" | "boundary" | "inside"): boolean {
    if (at === "start") return this.#previous === undefined;
    if (at === "end") return this.#current === undefined;
    return (isWord(this.#previous) !== isWord(this.#current)) === (at === "boundary");
  }
}

/** Moments in ascending order, of which the oldest can be dropped. */
class Entries {
  readonly #times: number[] = [];
  #first = 0;

  get isEmpty(): boolean {
    return this.#first === this.#times.length;
  }

  get oldest(): number | undefined {
    return this.#times[this.#first];
  }

  add(time: number): void {
    this.#times.push(time);
  }

  clear(): void {
    this.#times.length = 0;
    this.#first = 0;
  }

  dropBefore(time: number): void {
    while (this.#first < this.#times.length && (this.#times[this.#first] ?? 0) < time) this.#first++;
    // The room of those that are gone is used again once they are most of all.
    if (this.#first > 1_000 && this.#first * 2 > this.#times.length) {
      this.#times.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

/** What `\b` tells apart: without the flag `i`, the word characters of ASCII alone. */
function isWord(codePoint: number | undefined): boolean {
  return codePoint !== undefined && codePoint < 128 && /\w/.test(String.fromCharCode(codePoint));
}
