// What a PromQL expression looks at: names of metrics and labels, found by taking away everything else.

const words: ReadonlySet<string> = new Set([
  'and',
  'or',
  'unless',
  'offset',
  'bool',
  'by',
  'without',
  'on',
  'ignoring',
]);
const grouping = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const selector = /\{([^}]*)\}/g;

/** Names of the series it selects; those of recording rules have a colon. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(selector, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(grouping, '');
  const named = [...bare.matchAll(/(?<![\w.:])[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)].map(([name]) => name);
  return [...new Set(named.filter((name) => !words.has(name)))];
}

/** Names of the labels that it matches or groups by. */
export function labelsIn(expression: string): string[] {
  const matched = [...expression.matchAll(selector)].flatMap(([, matchers = '']) =>
    [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, name = '']) => name),
  );
  const grouped = [...expression.matchAll(grouping)].flatMap(([, names = '']) => names.split(',').map((n) => n.trim()));
  return [...new Set([...matched, ...grouped].filter((name) => name !== ''))];
}

/** The values that a label is matched with, alternatives taken apart. */
export function valuesOf(label: string, expression: string): string[] {
  const matchers = expression.matchAll(new RegExp(`\\b${label}\\s*=~?\\s*"([^"]*)"`, 'g'));
  return [...matchers].flatMap(([, text = '']) => text.split('|'));
}
