import type { DataSource } from '../sources/data-source.js'
import { readText } from '../sources/read-text.js'
import { parseConllu, type Sentence } from './parse-conllu.js'

/**
 * Loads a treebank in CoNLL-U, plain or gzip. Multiword tokens (`3-4`) and empty nodes (`8.1`) are left out: what remains
 * are the words of the dependency tree.
 *
 * @param source - path, address, bytes or blob
 * @returns the sentences
 * @throws SourceError when the source cannot be read
 * @throws FormatError with the line number where the text breaks the format
 *
 * @example
 * ```ts
 * import { loadConllu } from '@chainrule/data'
 * const lines = ['1\tDogs\tdog\tNOUN\tNNS\t_\t2\tnsubj\t_\t_', '2\tbark\tbark\tVERB\tVBP\t_\t0\troot\t_\t_', '']
 * const [sentence] = await loadConllu(new TextEncoder().encode(lines.join('\n')))
 * console.log(sentence?.words.map((word) => word.form)) // ['Dogs', 'bark']
 * ```
 * @see https://universaldependencies.org/format.html
 */
export const loadConllu = async (source: DataSource): Promise<Sentence[]> =>
  parseConllu(await readText(source, 'loadConllu'))
