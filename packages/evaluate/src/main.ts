import { evaluateCommand } from "./command.ts";

const status = await evaluateCommand(process.argv.slice(2));
// An evaluator of one's own that was left behind may still be at work. What was printed goes out first.
process.stdout.write("", () => process.stderr.write("", () => process.exit(status)));
