// `waybill runs rerun`: a recorded run once more, at the same versions.
import { readFile } from 'node:fs/promises';
import { createWaybillClient } from '@waybill/client';
import type { Configuration } from '@waybill/config';
import { FaultError, fault, formatUsd } from '@waybill/kernel';
import { type CommandDefinition, type CommandInput, openRecord } from '@waybill/service';
import type { Recordings } from '../ports.ts';
import { type RecordedRun, readRun } from '../usecases/read-run.ts';
import { type AnswerFacts, type NotRepeated, type Repetition, rerunCall } from '../usecases/rerun-call.ts';

const options = [
  { name: 'key', value: 'text', summary: 'virtual key of the new calls; none where callers need none' },
  { name: 'as', value: 'run', summary: 'run that the new calls belong to; default: <run>-rerun' },
  { name: 'ca', value: 'file', summary: "certificate of the gateway's authority, where its gRPC speaks TLS" },
];

/**
 * Prompts are not in the books: a call can be repeated when offline.mode kept its exchange. `recordingsOf` finds those
 * of a configuration. Exit code 0 when every call of the run was repeated and each by the same version.
 */
export function rerunCommand(recordingsOf: (configuration: Configuration) => Recordings): CommandDefinition {
  return {
    name: 'runs rerun',
    summary: 'repeat a recorded run with the same models and versions, and compare',
    arguments: ['run'],
    options,
    async run(input) {
      const [run = ''] = input.arguments;
      const recorded = await recordedRun(input.configuration, run);
      const outcomes = await repeat(recorded, input, recordingsOf(input.configuration));
      const repeated = outcomes.filter(isRepeated);
      const isSame = repeated.length === outcomes.length && repeated.every(({ sameVersion }) => sameVersion);
      show(input, { run, recorded, outcomes });
      return isSame && recorded.unanswered.length === 0 ? 0 : 1;
    },
  };
}

async function recordedRun(configuration: Configuration, run: string): Promise<RecordedRun> {
  const record = await openRecord(configuration);
  try {
    const found = await readRun(record.events, run);
    if (found.answers.length + found.unanswered.length > 0) return found;
    const message = `the books know of no run ${run}; calls belong to one by the header x-waybill-run`;
    throw new FaultError(fault('not_found', message));
  } finally {
    await record.close();
  }
}

type Outcome = Repetition | NotRepeated;

function isRepeated(outcome: Outcome): outcome is Repetition {
  return 'after' in outcome;
}

/** One after the other, as far as anybody knows how the run went. */
async function repeat({ answers }: RecordedRun, input: CommandInput, recordings: Recordings): Promise<Outcome[]> {
  const { configuration, arguments: words } = input;
  const { key, as, ca } = input.options;
  const { host, grpcPort } = configuration.server;
  const client = createWaybillClient({
    address: `${host.includes(':') ? `[${host}]` : host}:${grpcPort}`,
    ...(typeof key === 'string' && { key }),
    ...(typeof ca === 'string' && { tls: { ca: await readFile(ca) } }),
  });
  const newRun = typeof as === 'string' ? as : `${words[0]}-rerun`;
  const outcomes: Outcome[] = [];
  try {
    for (const ended of answers) outcomes.push(await rerunCall(ended, { configuration, recordings, client, newRun }));
  } finally {
    await client.close();
  }
  return outcomes;
}

interface Shown {
  readonly run: string;
  readonly recorded: RecordedRun;
  readonly outcomes: readonly Outcome[];
}

function show({ json, print }: CommandInput, { run, recorded, outcomes }: Shown): void {
  const { unanswered } = recorded;
  if (json) {
    print(JSON.stringify({ run, unanswered, calls: outcomes.map(viewOf) }));
    return;
  }
  for (const outcome of outcomes) print(isRepeated(outcome) ? lineOf(outcome) : lineOfNone(outcome));
  for (const callId of unanswered) print(`${callId}: not repeated, since it came to no complete answer`);
  const repeated = outcomes.filter(isRepeated);
  const same = repeated.filter(({ sameVersion }) => sameVersion).length;
  print(`${repeated.length} of ${outcomes.length + unanswered.length} calls repeated, ${same} by the same version`);
}

function lineOf({ callId, modelId, before, after, sameVersion, sameText, replayed }: Repetition): string {
  const version = sameVersion ? after.version : `${before.version} then, ${after.version} now`;
  const words = [
    sameText ? 'same text' : 'other text',
    `${before.finish} -> ${after.finish}`,
    `${before.outputTokens ?? '?'} -> ${after.outputTokens ?? '?'} tokens out`,
    `${money(before)} -> ${money(after)}`,
  ];
  return `${callId} ${modelId} (${version}): ${words.join(', ')}${replayed ? '; a recording, nobody was asked' : ''}`;
}

function lineOfNone({ callId, modelId, why }: NotRepeated): string {
  return `${callId} ${modelId}: not repeated, since ${why}`;
}

function money({ costPicoUsd }: AnswerFacts): string {
  return costPicoUsd === undefined ? 'no price' : `$${formatUsd(costPicoUsd)}`;
}

function viewOf(outcome: Outcome) {
  const { callId, modelId } = outcome;
  if (!isRepeated(outcome)) return { call_id: callId, model: modelId, repeated: false, why: outcome.why };
  return {
    ...{ call_id: callId, model: modelId, repeated: true, new_call_id: outcome.newCallId },
    ...{ before: factsView(outcome.before), after: factsView(outcome.after) },
    ...{ same_version: outcome.sameVersion, same_text: outcome.sameText, replayed: outcome.replayed },
  };
}

function factsView({ version, finish, outputTokens, costPicoUsd }: AnswerFacts) {
  return { version, finish, output_tokens: outputTokens ?? null, cost_pico_usd: costPicoUsd?.toString() ?? null };
}
