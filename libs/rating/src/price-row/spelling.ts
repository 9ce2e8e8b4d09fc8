/** What people most likely meant by a name that is not known: `did you mean x?`, or else the choice there is. */
export function suggest(name: string, known: readonly string[]): string {
  const begun = known.find((candidate) => name.length > 2 && candidate.startsWith(name));
  if (begun !== undefined) return `did you mean ${begun}?`;
  const nearest = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((left, right) => left.distance - right.distance)[0];
  if (nearest !== undefined && nearest.distance <= Math.max(2, Math.floor(name.length / 3))) {
    return `did you mean ${nearest.candidate}?`;
  }
  return known.length === 0 ? 'there is none to choose from' : `known are: ${known.join(', ')}`;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}
