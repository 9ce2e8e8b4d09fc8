// Asks a question and prints the answer as it comes:
// node ask.ts <address> <file with the key> <model> <question>
// That takes Node 24. In the repository any Node from 20 on does, with these words in the place of `node ask.ts`:
// node services/standalone/bin/run.mjs libs/client/examples/ask.ts
import { readFileSync } from 'node:fs';
import { createWaybillClient, FaultError, question, textOf } from '@waybill/client';

const [address = '127.0.0.1:50051', keyFile = '', model = 'gpt-4o-mini', text = 'Why is the sky blue?'] =
  process.argv.slice(2);
const key = keyFile === '' ? undefined : readFileSync(keyFile, 'utf8').trim();
const client = createWaybillClient({ address, key, timeoutMs: 60_000 });

try {
  for await (const update of client.stream(question(model, text), { attribution: { user: 'example' } })) {
    if (update.$case === 'part') process.stdout.write(textOf(update));
    else console.log(`\n${update.value.callId} cost ${update.value.costPicoUsd ?? 'an unknown number of'} pico-USD`);
  }
} catch (thrown) {
  if (!(thrown instanceof FaultError)) throw thrown;
  console.error(`${thrown.fault.kind}: ${thrown.fault.message}`, thrown.fault.details);
  process.exitCode = 1;
} finally {
  await client.close();
}
