import { deploy, logs, restart, scale } from "./arguments.ts";
import { type CorpusEntry, entriesFor, no, yes } from "./entry.ts";

const { permits, forbids, refuses } = entriesFor("operations");

/** Deployments, pods and logs: places, objects in objects, names with signs. */
export const operationsEntries: readonly CorpusEntry[] = [
  permits("Only users with the role release-manager may deploy to production.", [
    yes("deploy_service", deploy("production"), { role: "release-manager" }),
    no("deploy_service", deploy("production"), { role: "developer" }),
    no("deploy_service", deploy("staging"), { role: "release-manager" }),
  ]),
  permits("Users in team platform may deploy services to staging or development.", [
    yes("deploy_service", deploy("staging"), { team: "platform" }),
    yes("deploy_service", deploy("development"), { team: "platform" }),
    no("deploy_service", deploy("production"), { team: "platform" }),
    no("deploy_service", deploy("staging"), { team: "web" }),
  ]),
  permits("Allow deployments with at most 5 replicas in the staging environment.", [
    yes("deploy_service", deploy("staging", { replicas: 5 })),
    no("deploy_service", deploy("staging", { replicas: 6 })),
    no("deploy_service", deploy("production", { replicas: 5 })),
    no("deploy_service", deploy("staging")),
  ]),
  forbids("Never deploy to production unless options.dry_run is true.", [
    yes("deploy_service", deploy("production", { options: { dry_run: true } })),
    no("deploy_service", deploy("production", { options: { dry_run: false } })),
    no("deploy_service", deploy("production")),
    yes("deploy_service", deploy("staging")),
  ]),
  permits("Users may deploy a service if the options region is eu-west-1.", [
    yes("deploy_service", deploy("staging", { options: { region: "eu-west-1" } })),
    no("deploy_service", deploy("staging", { options: { region: "us-east-1" } })),
    no("deploy_service", deploy("staging")),
  ]),
  permits("Everyone may roll back services in development.", [
    yes("rollback_service", deploy("development")),
    no("rollback_service", deploy("production")),
    no("deploy_service", deploy("development")),
  ]),
  permits("Users with role sre may scale services to at most 20 replicas.", [
    yes("scale_service", scale(20), { role: "sre" }),
    no("scale_service", scale(21), { role: "sre" }),
    no("scale_service", scale(1)),
  ]),
  forbids("Scaling a service above 100 replicas is forbidden.", [
    no("scale_service", scale(101)),
    yes("scale_service", scale(100)),
  ]),
  forbids("Scaling a service below 2 replicas is not permitted.", [
    no("scale_service", scale(1)),
    yes("scale_service", scale(2)),
  ]),
  permits('Anyone may scale services if the service is "web" and the replicas are between 2 and 8.', [
    yes("scale_service", scale(2)),
    yes("scale_service", scale(8)),
    no("scale_service", scale(9)),
    no("scale_service", scale(2, "db")),
  ]),
  permits("Anyone may restart pods in the monitoring namespace.", [
    yes("restart_pod", restart({ namespace: "monitoring" })),
    no("restart_pod", restart({ namespace: "default" })),
    no("restart_pod", restart()),
  ]),
  permits("Anyone may restart pods unless the namespace is kube-system.", [
    yes("restart_pod", restart({ namespace: "default" })),
    yes("restart_pod", restart()),
    no("restart_pod", restart({ namespace: "kube-system" })),
  ]),
  permits("Anyone may restart pods if the namespace is not kube-system.", [
    yes("restart_pod", restart({ namespace: "default" })),
    no("restart_pod", restart()),
    no("restart_pod", restart({ namespace: "kube-system" })),
  ]),
  forbids("Do not restart pods with force.", [
    no("restart_pod", restart({ force: true })),
    yes("restart_pod", restart({ force: false })),
    yes("restart_pod", restart()),
  ]),
  forbids("Pods may not be restarted if the namespace is missing.", [
    no("restart_pod", restart()),
    yes("restart_pod", restart({ namespace: "default" })),
  ]),
  permits("Users may query logs with a limit of at most 1,000.", [
    yes("query_logs", logs({ limit: 1_000 })),
    no("query_logs", logs({ limit: 1_001 })),
    no("query_logs", logs()),
  ]),
  permits("Users may query logs when the cpu ratio is at least 0.5 and less than 0.75.", [
    yes("query_logs", logs({ cpu_ratio: 0.5 })),
    yes("query_logs", logs({ cpu_ratio: 0.7499 })),
    no("query_logs", logs({ cpu_ratio: 0.75 })),
  ]),
  permits(
    "Allow everyone to query logs; allow users with role sre to restart pods.",
    [yes("query_logs", logs()), yes("restart_pod", restart(), { role: "sre" }), no("restart_pod", restart())],
    2,
  ),
  permits('Users whose email is "ops@example.com" can use all tools.', [
    yes("scale_service", scale(1), { email: "ops@example.com" }),
    no("scale_service", scale(1), { email: "x@example.com" }),
  ]),
  forbids("Users with role contractor may not use any tool.", [
    no("query_logs", logs(), { role: "contractor" }),
    yes("query_logs", logs(), { role: "sre" }),
    yes("query_logs", logs()),
  ]),
  permits("When the environment is development, everyone may deploy services.", [
    yes("deploy_service", deploy("development")),
    no("deploy_service", deploy("staging")),
  ]),
  permits("Users with scope deploy:write or deploy:admin may deploy services.", [
    yes("deploy_service", deploy("staging"), { scope: "x deploy:admin" }),
    yes("deploy_service", deploy("staging"), { scope: "deploy:write" }),
    no("deploy_service", deploy("staging"), { scope: "deploy:read" }),
  ]),
  // Refused.
  refuses("Users may deploy with no replicas.", "replicas"),
  refuses("Users may deploy from staging to production.", "production"),
  refuses("Developers may deploy to staging.", "developers"),
  refuses("Deploy to production.", "production"),
  refuses("Users may deploy to qa.", "qa"),
  refuses("Users may deploy to production on Fridays.", "Fridays"),
  refuses("Users may deploy to production once a day.", "once"),
  refuses("Users may deploy to production after tests have passed.", "after"),
  refuses("Users may manage services.", "manage"),
  refuses("Users may scale services.\nBut not above 10 replicas.", "may change"),
  refuses("Users may scale services to many replicas.", "many"),
  refuses("Users may scale services by 10 percent.", "10 percent"),
  refuses("Users may scale services to a number of replicas below the limit.", "number"),
  refuses("Users may restart unhealthy pods.", "unhealthy"),
  refuses("Anyone may restart pods in the same namespace.", "same"),
  refuses("Anyone may restart pods if the namespace is Monitoring.", "monitoring"),
  refuses("Someone should look at the deployments.", "look"),
  refuses("Users may query logs if the query is about payments.", "about"),
  refuses("Users may query logs unless the query is sensitive.", "sensitive"),
  refuses("Everything else is forbidden.", "else"),
  refuses("Deny everything by default.", "default"),
  refuses("Users may deploy services or the environment is staging.", "environment is"),
];
