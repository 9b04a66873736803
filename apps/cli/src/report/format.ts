const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** `20,000` */
export const whole = (value: number): string => grouped.format(value)

/** `1 row`, `2 rows` */
export const counted = (count: number, name: string): string => `${whole(count)} ${name}${count === 1 ? '' : 's'}`

/** `98.1 %` */
export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`

/** `0.4 s`, `48 s`, `3 min 20 s`, `2 h 5 min` */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const rounded = Math.round(seconds)
  if (rounded < 60) return `${rounded} s`
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`
  return `${Math.floor(rounded / 3600)} h ${Math.floor((rounded % 3600) / 60)} min`
}

/** `128 B`, `407.1 kB`, `1.2 MB`, `24.0 GB` */
export function bytes(count: number): string {
  if (count < 1e3) return `${count} B`
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} kB`
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(1)} GB`
}

/** `1 × 28 × 28`; `scalar` for none. */
export const shapeText = (shape: readonly number[]): string => (shape.length === 0 ? 'scalar' : shape.join(' × '))

/** Lines of cells, each column as wide as its widest cell and two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const columnWidths: number[] = []
  for (const row of rows)
    row.forEach((cell, place) => (columnWidths[place] = Math.max(columnWidths[place] ?? 0, cell.length)))
  return rows
    .map((row) =>
      row
        .map((cell, place) => cell.padEnd(columnWidths[place] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `memory limit bytes`, as a reader writes `memoryLimitBytes`. */
export const words = (key: string): string => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
