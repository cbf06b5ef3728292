import { policyCommand } from "./command.ts";

process.exitCode = await policyCommand(process.argv.slice(2));
