import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DefaultTheme, defineConfig } from 'vitepress'

const docs = fileURLToPath(new URL('..', import.meta.url))

/** The sidebar that TypeDoc leaves beside the reference; none before the reference was generated. */
function referenceSidebar(): DefaultTheme.SidebarItem[] {
  const path = `${docs}api/typedoc-sidebar.json`
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as DefaultTheme.SidebarItem[]) : []
}

/** One entry for each page of the guide, by its heading; a leading number orders the files. */
function guideSidebar(): DefaultTheme.SidebarItem[] {
  const folder = `${docs}guide`
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => {
      const page = name.slice(0, -'.md'.length)
      const heading = /^# (.+)$/m.exec(readFileSync(`${folder}/${name}`, 'utf8'))?.[1]
      return { text: heading ?? page, link: `/guide/${page}` }
    })
}

const guide = guideSidebar()
const reference = referenceSidebar()

export default defineConfig({
  title: 'chainrule',
  description: 'Neural networks in TypeScript: every derivative checkable, visible and compiled',
  cleanUrls: true,
  lastUpdated: false,
  // The search index of the whole reference is one chunk, loaded when the search opens.
  vite: { build: { chunkSizeWarningLimit: 4096 } },
  themeConfig: {
    nav: [
      ...(guide[0]?.link === undefined ? [] : [{ text: 'Guide', link: guide[0].link }]),
      ...(reference.length === 0 ? [] : [{ text: 'Reference', link: '/api/' }]),
    ],
    sidebar: { '/guide/': guide, '/api/': reference },
    outline: 'deep',
    search: { provider: 'local' },
  },
})
