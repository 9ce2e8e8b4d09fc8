// The simulator's own endpoints, for when it runs in another process: faults, bill (or its totals), calls, reset.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DirectiveError } from '../faults/directives.ts';
import type { FaultRule } from '../faults/rules.ts';
import { listOf, recordOf } from '../json.ts';
import type { Simulation } from '../simulation.ts';
import { type Body, readBody } from './request-body.ts';

const BODY_LIMIT_BYTES = 1024 * 1024;

/** Answers JSON; amounts are decimal text. */
export function control(
  simulation: Simulation,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  switch (`${request.method} ${path}`) {
    case 'GET /control/bill':
      answer(response, 200, simulation.bill.bill());
      break;
    case 'GET /control/totals':
      answer(response, 200, { ...simulation.bill.bill(), lines: undefined });
      break;
    case 'GET /control/calls':
      answer(response, 200, { calls: simulation.log.calls() });
      break;
    case 'POST /control/reset':
      reset(simulation);
      answer(response, 200, { reset: true });
      break;
    case 'POST /control/faults':
      readBody(request, BODY_LIMIT_BYTES, (body) => setFaults(simulation, body, response));
      break;
    default:
      answer(response, 404, { error: `no such control: ${request.method} ${path}` });
  }
}

/** Forgets bill, calls and faults; the faults of the settings hold again. */
export function reset(simulation: Simulation): void {
  simulation.bill.clear();
  simulation.batches.clear();
  simulation.files.clear();
  simulation.log.clear();
  simulation.faults.set(simulation.settings.faults);
}

function setFaults(simulation: Simulation, body: Body, response: ServerResponse): void {
  try {
    const rules = listOf(recordOf(JSON.parse('text' in body ? body.text : '')).rules) as unknown as FaultRule[];
    simulation.faults.set(rules);
    answer(response, 200, { rules: rules.length });
  } catch (error) {
    const message =
      error instanceof DirectiveError ? error.message : 'expected {"rules": [{"directives": "fault=..."}]}';
    answer(response, 400, { error: message });
  }
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value, (_name, entry) => (typeof entry === 'bigint' ? entry.toString() : entry));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
