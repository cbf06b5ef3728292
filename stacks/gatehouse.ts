/// <reference path="../.sst/platform/config.d.ts" />
import { openApi, serve } from "./api.ts";
import { bundles } from "./bundles.ts";
import { edge } from "./edge.ts";
import { events } from "./events.ts";
import { example } from "./example.ts";
import { drain, functions } from "./functions.ts";
import { identity } from "./identity.ts";
import { physicalName } from "./names.ts";
import { observability } from "./observability.ts";
import { findPlace } from "./place.ts";
import { schedules } from "./schedules.ts";
import { secrets } from "./secrets.ts";
import { stageOf } from "./stages.ts";
import { storage } from "./storage.ts";
import { takingRoles, targetRole } from "./targetRole.ts";

/** The whole system: what functions use, the functions, and then what leads to them. */
export async function gatehouse() {
  if ($dev) throw new Error("Gatehouse has no live mode: npm start runs it on your machine, sst deploy on AWS.");
  const code = await bundles();
  const stage = stageOf($app.stage);
  const place = findPlace();
  const tables = storage(stage);
  const key = secrets(stage, place);
  const { bus, queues } = events(stage);
  const api = openApi(stage);
  const url = edge(stage, api, place);

  const made = functions(stage, { code, tables, bus, key, queues, url, place, exampleFunctions: example(stage, code) });
  drain(queues, made);
  schedules(made, place);
  const issuer = identity(stage, made, place);
  serve(api, made, stage);
  observability(stage, api, made, place);
  const targets = targetRole(stage, made, place);
  return {
    url,
    region: place.region,
    ...issuer,
    ...targets,
    takingRoles: takingRoles(made),
    firstKeyFunction: physicalName("firstKey"),
    ...(stage.example ? { exampleFunctions: physicalName("insurance") } : {}),
  };
}
