import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { figure } from './markdown.ts'

/** One point of a line. */
export interface Point {
  readonly library: string
  readonly x: number
  readonly y: number
}

/** One bar. */
export interface Bar {
  readonly library: string
  /** Beside the bar; unlike those of the other bars. */
  readonly name: string
  readonly value: number
}

const { document } = parseHTML('<!doctype html><html><body></body></html>')

const style = {
  background: 'white',
  color: '#1f2328',
  fontFamily: 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif',
}
/** One colour a library everywhere; Tailfold's stands out. After Okabe and Ito: told apart by colour-blind readers. */
const colours: readonly (readonly [RegExp, string])[] = [
  [/^Tailfold/, '#d55e00'],
  [/floor/, '#0072b2'],
  [/^hand-written SDK/, '#7f7f7f'],
  [/^castore/, '#009e73'],
  [/^equinox/, '#cc79a7'],
  [/snapshot always/, '#56b4e9'],
  [/^event-store-adapter/, '#b8860b'],
]

function colourOf({ library }: { readonly library: string }): string {
  return colours.find(([name]) => name.test(library))?.[1] ?? '#000000'
}

/** Plot's own titles are HTML around the chart; an image needs one within. */
function draw(title: string, subtitle: string, marginLeft: number, options: Plot.PlotOptions): string {
  const at = { frameAnchor: 'top-left', textAnchor: 'start', dx: 12 - marginLeft } as const
  const drawn = Plot.plot({
    document,
    width: 860,
    marginTop: 62,
    marginLeft,
    style,
    ariaLabel: title,
    ...options,
    marks: [
      ...(options.marks ?? []),
      Plot.text([title], { ...at, dy: -46, fontSize: 15, fontWeight: 'bold' }),
      Plot.text([subtitle], { ...at, dy: -26, fontSize: 12, fill: '#57606a' }),
    ],
  })
  drawn.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return `${drawn.outerHTML.replaceAll('&nbsp;', ' ')}\n`
}

const height = 420
const margins = { marginTop: 62, marginRight: 285, marginBottom: 45 }

/** Lines on two logarithmic axes, each named beside the chart at the height of its end; the last one lies on top. */
export function drawLines(title: string, subtitle: string, xLabel: string, points: readonly Point[]): string {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)]
  const right = Math.max(...xs)
  const ends = [...new Set(points.map(({ library }) => library))].map((library) => {
    const own = points.filter((point) => point.library === library)
    return own.reduce((last, point) => (point.x >= last.x ? point : last))
  })
  const logarithmic = (values: readonly number[]) =>
    ({ type: 'log', ticks: decades(values), tickFormat: (value: number) => figure(value) }) as const
  return draw(title, subtitle, 60, {
    height,
    ...margins,
    x: { ...logarithmic(xs), label: xLabel },
    y: { ...logarithmic(ys), label: null, grid: true },
    marks: [
      ends.map(({ library, x, y }) =>
        Plot.ruleY([{ library, y }], { y: 'y', x1: x, x2: right, stroke: colourOf, strokeDasharray: '1 4' }),
      ),
      Plot.line(points, { x: 'x', y: 'y', z: 'library', stroke: colourOf, strokeWidth: 2 }),
      Plot.dot(points, { x: 'x', y: 'y', fill: colourOf, r: 3 }),
      namesBeside(ends, right, Math.log10(Math.max(...ys) / Math.min(...ys))),
    ],
  })
}

const nameHeight = 15

/** Names that would meet are moved down, and up again where they would leave the chart. */
function namesBeside(ends: readonly Point[], x: number, decadesOfY: number): Plot.Markish {
  const pixelsPerDecade = (height - margins.marginTop - margins.marginBottom) / decadesOfY
  const names = ends
    .map((end) => ({ ...end, at: -Math.log10(end.y) * pixelsPerDecade, placed: 0 }))
    .toSorted((a, b) => a.at - b.at)
  let above = Number.NEGATIVE_INFINITY
  for (const name of names) above = name.placed = Math.max(name.at, above + nameHeight)
  let below = Math.max(...names.map(({ at }) => at)) + nameHeight
  for (const name of names.toReversed()) below = name.placed = Math.min(name.placed, below - nameHeight)
  return names.map((name) =>
    Plot.text([name], {
      x: () => x,
      y: 'y',
      text: 'library',
      fill: colourOf,
      textAnchor: 'start',
      dx: 12,
      dy: name.placed - name.at,
      fontSize: 12,
      fontWeight: name.library.startsWith('Tailfold') ? 'bold' : 'normal',
    }),
  )
}

/** Powers of ten from the least value to the greatest. */
function decades(values: readonly number[]): number[] {
  const rounding = 1e-9
  const from = Math.ceil(Math.log10(Math.min(...values)) - rounding)
  const to = Math.floor(Math.log10(Math.max(...values)) + rounding)
  return Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n))
}

/** Bars with their figures at their ends. */
export function drawBars(title: string, subtitle: string, rows: readonly Bar[]): string {
  return draw(title, subtitle, 290, {
    height: 80 + rows.length * 30,
    marginRight: 70,
    marginBottom: 10,
    x: { axis: null, domain: [0, Math.max(...rows.map(({ value }) => value))] },
    y: { label: null, domain: rows.map(({ name }) => name) },
    marks: [
      Plot.axisY({ fontSize: 12, tickSize: 0, label: null }),
      Plot.barX(rows, { x: 'value', y: 'name', fill: colourOf, inset: 3 }),
      Plot.text(rows, {
        x: 'value',
        y: 'name',
        text: ({ value }: Bar) => figure(value),
        textAnchor: 'start',
        dx: 5,
        fontSize: 12,
      }),
      Plot.ruleX([0]),
    ],
  })
}
