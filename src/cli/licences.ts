import { defineCommand } from 'citty'
import { licenceTexts } from './licence-texts.ts' with { type: 'macro' }
import { printText } from './terminal.ts'

export const licences = defineCommand({
  meta: {
    name: 'licences',
    description: 'Print the licences of the software inside Keyward',
    examples: ['keyward licences', 'keyward licences | less'],
  },
  run: () => printText(licenceTexts()),
})
