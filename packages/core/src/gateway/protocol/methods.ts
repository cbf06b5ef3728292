import type { Call } from "../call.ts";
import { callTool } from "../callTool.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import type { FeatureCatalogue } from "../features/catalogue.ts";
import { complete } from "../features/complete.ts";
import { getPrompt } from "../features/getPrompt.ts";
import { listPrompts, listResources, listResourceTemplates } from "../features/lists.ts";
import { readResource, subscribeResource } from "../features/readResource.ts";
import { listTools } from "../listTools.ts";
import { freshMilliseconds } from "../snapshot.ts";
import type { Era, Exchange } from "./exchange.ts";
import { setLevel } from "./logging.ts";
import { discover, initialize } from "./server.ts";
import { listen } from "./subscriptions.ts";

/** A method that clients may call. */
export interface Method {
  /** The era it belongs to; both where it doesn't say. In the other it is unknown. */
  readonly era?: Era;
  /** What some target of the gateway must have for the method to be one of it. */
  readonly needs?: keyof FeatureCatalogue["has"];
  /**
   * How long a client may keep the result and for whom, which 2026-07-28 wants of what may be kept at all. What depends on
   * who asks is private.
   */
  readonly cache?: { readonly ttlMs: number; readonly cacheScope: "private" | "public" };
  /**
   * The result, without what every result has (`resultType`, `serverInfo`).
   * @throws ProtocolError, which becomes the JSON-RPC error of the answer.
   */
  answer(call: Call, dependencies: GatewayDependencies, exchange: Exchange): object | Promise<object>;
}

/** A client may hold on to a list as long as a change of policy may take to show. */
const privately = { ttlMs: freshMilliseconds, cacheScope: "private" } as const;

/** Every method, by its name. */
export const methods: Readonly<Record<string, Method>> = {
  "server/discover": { era: "modern", cache: privately, answer: discover },
  "subscriptions/listen": { era: "modern", answer: listen },

  initialize: { era: "legacy", answer: initialize },
  ping: { era: "legacy", answer: () => ({}) },
  "logging/setLevel": { era: "legacy", answer: setLevel },

  "tools/list": { cache: privately, answer: listTools },
  "tools/call": { answer: callTool },

  "prompts/list": { needs: "prompts", cache: privately, answer: listPrompts },
  "prompts/get": { needs: "prompts", answer: getPrompt },
  "resources/list": { needs: "resources", cache: privately, answer: listResources },
  "resources/templates/list": { needs: "resources", cache: privately, answer: listResourceTemplates },
  "resources/read": { needs: "resources", answer: readResource },
  "resources/subscribe": { era: "legacy", needs: "resources", answer: subscribeResource },
  "resources/unsubscribe": { era: "legacy", needs: "resources", answer: subscribeResource },
  "completion/complete": { needs: "completions", answer: complete },
};
