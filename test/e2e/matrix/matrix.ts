// The matrix: every dialect, every provider, every feature, each cell one call through the gateway.
import { eventsOf, readEntries } from '../../load/books/entries.ts';
import { connectGrpc } from '../grpc-client.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { type Driver, type Feature, features } from './asked.ts';
import { type Cell, fillCell } from './cells.ts';
import { grpcComplete, grpcGenerate } from './grpc.ts';
import { type Kind, type MatrixWorld, providerKinds, startMatrixWorld } from './matrix-world.ts';
import { openAiChat, openAiCompletions } from './openai-chat.ts';
import { openAiResponses } from './openai-responses.ts';
import { plainChat, plainGenerate } from './plain-json.ts';

export interface Row {
  readonly kind: Kind;
  readonly cells: Readonly<Record<Feature, Cell>>;
}

export interface DialectTable {
  readonly dialect: string;
  readonly client: string;
  readonly tellsReasoning: boolean;
  readonly rows: readonly Row[];
}

export interface Matrix {
  readonly tables: readonly DialectTable[];
  /** Cells in which something was lost without a word, and warnings that the books do not have. */
  readonly problems: readonly string[];
  readonly calls: number;
}

export async function runMatrix(): Promise<Matrix> {
  const world = await startMatrixWorld();
  const transport = connectGrpc(world);
  try {
    const drivers = [
      ...[openAiChat(world), openAiResponses(world), openAiCompletions(world), anthropicMessages(world)],
      ...[plainChat(world), plainGenerate(world), grpcGenerate(transport, world), grpcComplete(transport, world)],
    ];
    const tables: DialectTable[] = [];
    for (const driver of drivers) tables.push(await fillTable(world, driver));
    const cells = tables.flatMap(cellsOf);
    const lost = cells.flatMap(({ name, cell }) => (cell.is === 'lost' ? [`${name}: ${cell.why}`] : []));
    const calls = cells.filter(({ cell }) => cell.is !== 'no place').length;
    return { tables, problems: [...lost, ...(await unbooked(world, cells))], calls };
  } finally {
    await transport.close();
    await world.stop();
  }
}

async function fillTable(world: MatrixWorld, driver: Driver): Promise<DialectTable> {
  const rows: Row[] = [];
  for (const kind of providerKinds) {
    const cells = {} as Record<Feature, Cell>;
    for (const feature of features) cells[feature] = await fillCell(world, driver, kind, feature);
    rows.push({ kind, cells });
  }
  const { name: dialect, client, tellsReasoning } = driver;
  return { dialect, client, tellsReasoning, rows };
}

interface NamedCell {
  readonly name: string;
  readonly tellsReasoning: boolean;
  readonly cell: Cell;
}

function cellsOf({ dialect, tellsReasoning, rows }: DialectTable): NamedCell[] {
  return rows.flatMap(({ kind, cells }) =>
    features.map((feature) => ({ name: `${dialect}, ${kind}, ${feature}`, tellsReasoning, cell: cells[feature] })),
  );
}

/** What a caller is warned of stands in the event of the attempt; what the books have of reasoning, the caller was told. */
async function unbooked(world: MatrixWorld, cells: readonly NamedCell[]): Promise<string[]> {
  const ended = new Map(eventsOf(await readEntries(world), 'ended').map((event) => [event.callId, event]));
  return cells.flatMap(({ name, tellsReasoning, cell }) => {
    if (cell.is !== 'yes' && cell.is !== 'warning') return [];
    const { subject, seen } = cell;
    const event = ended.get(seen.callId);
    if (event === undefined) return [`${name}: no event tells of it`];
    const isBooked = subject === undefined || event.warnings.some((warning) => warning.subject === subject);
    const isHidden = tellsReasoning && (event.usage?.reasoningTokens ?? 0) > 0 && !seen.showsReasoning;
    return [
      ...(isBooked ? [] : [`${name}: no event has the warning of ${subject}`]),
      ...(isHidden ? [`${name}: the caller was not told of the reasoning`] : []),
    ];
  });
}
