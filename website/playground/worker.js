// The engine, in a thread of its own: Pyodide is CPython, and linalg_grads.zip the package as it stands in the repository.
import { loadPyodide } from "./pyodide.mjs"

const ANSWER = `
import json
from linalg_grads import LinalgGradsError, backward, inputs_of
from linalg_grads.__main__ import as_json

def answer(text, wrt):
    equations = [text] if text.lstrip().startswith(r"\\begin") else [line for line in text.splitlines() if line.strip()]
    try:
        if not equations:
            raise LinalgGradsError("no equation is given: type one above")
        inputs = inputs_of(equations)
        if not inputs:
            raise LinalgGradsError("there is no input to differentiate by")
        derivations = {name: backward(equations, name) for name in inputs}
        if wrt not in inputs:  # the first one that is no single number
            wrt = next((name for name in inputs if derivations[name].variable.indices), inputs[0])
        derivation = derivations[wrt]
        found = as_json(derivation) | {"inputs": inputs, "wrt": wrt, "derivation": derivation.to_latex()}
    except LinalgGradsError as error:
        found = {"error": str(error)}
    return json.dumps(found)

answer
`

async function start() {
  const python = await loadPyodide()
  const zip = await fetch(new URL("./linalg_grads.zip", import.meta.url))
  python.unpackArchive(await zip.arrayBuffer(), "zip")
  return python.runPython(ANSWER)
}

const broken = (error) => postMessage({ broken: String(error) })
onunhandledrejection = ({ reason }) => broken(reason) // Pyodide's own, where a file of it is missing
const started = start()
started.then(() => postMessage({ ready: true }), broken)
onmessage = ({ data }) => started.then((answer) => postMessage(JSON.parse(answer(data.equations, data.wrt))))
