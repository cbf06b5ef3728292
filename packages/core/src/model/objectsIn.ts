import { isJsonObject, type JsonObject } from "../json.ts";
import { jsonOf } from "./openAiEndpoint.ts";

/** No answer that is asked for is as long; reading longer ones leniently would take more than linear time. */
const longestText = 50_000;
/** How many braces are tried as the beginning of an object. */
const mostBeginnings = 50;

/**
 * The JSON objects in what a model has said, in their order: in fences, after what it thought aloud (`<think>`), or between
 * sentences. What is inside of an object is part of it and no object of its own.
 */
export function objectsIn(text: string): JsonObject[] {
  if (text.length > longestText) return [];
  const answer = withoutThoughts(text);
  const whole = jsonOf(answer);
  if (isJsonObject(whole)) return [whole];
  const objects: JsonObject[] = [];
  let beginning = answer.indexOf("{");
  for (let tried = 0; beginning >= 0 && tried < mostBeginnings; tried++) {
    const end = endOf(answer, beginning);
    const value = end === undefined ? undefined : jsonOf(answer.slice(beginning, end));
    if (isJsonObject(value)) objects.push(value);
    beginning = answer.indexOf("{", isJsonObject(value) ? end : beginning + 1);
  }
  return objects;
}

/** What a model thinks aloud may quote anything, and is no answer. */
function withoutThoughts(text: string): string {
  const mark = "</think>";
  const end = text.lastIndexOf(mark);
  return end < 0 ? text : text.slice(end + mark.length);
}

/** Where the object ends whose brace is at an index: behind the brace that closes it. */
function endOf(text: string, beginning: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let index = beginning; index < text.length; index++) {
    const character = text[index];
    if (quoted) {
      if (character === "\\") index++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return index + 1;
  }
  return undefined;
}
