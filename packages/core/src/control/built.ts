import type { ControlPlaneDependencies } from "./handlers.ts";
import { handlersOf } from "./router.ts";

/** The names of the operations that have a handler, AgentCore's and Gatehouse's own. */
export function builtOperations(): readonly string[] {
  // Handlers are only named here and never called, so that nothing they depend on is needed.
  return Object.keys(handlersOf({} as ControlPlaneDependencies));
}
