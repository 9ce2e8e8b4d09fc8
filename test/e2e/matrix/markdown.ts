// The matrix as the README shows it, between two markers.
import { features } from './asked.ts';
import type { Cell } from './cells.ts';
import type { DialectTable, Matrix } from './matrix.ts';

const begin = '<!-- matrix: written by `npm run matrix` -->';
const end = '<!-- end of the matrix -->';

export function matrixBlock({ tables }: Matrix): string {
  return [begin, '', ...tables.map(tableText), end].join('\n');
}

/** The README with this block in the place of its own; undefined where it has none. */
export function withBlock(readme: string, block: string): string | undefined {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  return from < 0 || to < from ? undefined : readme.slice(0, from) + block + readme.slice(to + end.length);
}

function tableText({ dialect, client, rows }: DialectTable): string {
  const head = ['provider', ...features];
  const body = rows.map(({ kind, cells }) => [kind, ...features.map((feature) => cellText(cells[feature]))]);
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [`${dialect}, read by ${readerText(client)}:`, '', line(head), rule, ...body.map(line), ''].join('\n');
}

function readerText(client: string): string {
  return client === 'fetch' ? '`fetch`, as it has no SDK' : `\`${client}\``;
}

function cellText(cell: Cell): string {
  if (cell.is === 'no place') return '-';
  const told = cell.is === 'lost' || cell.subject === undefined ? '' : `\`${cell.subject}\``;
  if (told === '') return cell.is;
  return cell.is === 'yes' ? `yes, told of ${told}` : `warning: ${told}`;
}
