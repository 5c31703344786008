import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { dependencies } from '../../package.json'
import { keyward } from '../helpers/process.ts'

test('keyward licences prints the licence of Bun, of SQLite and of every package that the program needs', async () => {
  const { code, stdout, stderr } = await keyward(['licences'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const headings = [...stdout.matchAll(/^=+\n(.+) \(.+\)\n=+$/gm)].map(([, name]) => name)
  for (const [name, version] of Object.entries(dependencies)) expect(headings).toContain(`${name} ${version}`)
  expect(headings).toContain('Bun')
  expect(headings).toContain('SQLite')
})

test('keyward licences prints whole texts, also where a package ships none, and no path of the machine', async () => {
  const { stdout } = await keyward(['licences'])
  const apache = stdout.split(/^=+\n/m)[headingIndex(stdout, 'openworkflow')] ?? ''
  expect(apache).toContain('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION')
  for (const text of ['Permission is hereby granted, free of charge', 'GNU LIBRARY GENERAL PUBLIC LICENSE']) {
    expect(stdout).toContain(text)
  }
  expect(stdout).not.toContain(join(import.meta.dir, '../..'))
})

test('keyward licences prints the notices of what is inside the script of the page of the APIs', async () => {
  const { stdout } = await keyward(['licences'])
  const page = stdout.split(/^=+\n/m)[headingIndex(stdout, 'swagger-ui-dist')] ?? ''
  for (const inside of ['DOMPurify', 'classnames', 'JSON-Patch', 'React']) expect(page).toContain(inside)
})

/** Of the text that follows the heading. */
function headingIndex(stdout: string, name: string): number {
  return stdout.split(/^=+\n/m).findIndex((part) => part.startsWith(`${name} `)) + 1
}
