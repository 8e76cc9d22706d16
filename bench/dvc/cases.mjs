/**
 * Small projects, each for one property of DVC's language: paths of files to their texts. DVC refuses those under
 * `refused` too.
 */
const pipeline = (text, files = {}) => ({ 'dvc.yaml': text, ...files });
const params = (text) => ({ 'params.yaml': text });

export const accepted = {
  'a list of single values': pipeline(`
stages:
  make:
    foreach: [red, green]
    do: { cmd: 'echo \${item} > \${item}.txt', outs: ['\${item}.txt'] }
`),
  'a map, keys that are numbers': pipeline(`
stages:
  year:
    foreach: { 2021: { low: a }, 2022: { low: b } }
    do: { cmd: 'echo \${key} \${item.low} \${item[low]}' }
`),
  'a list of maps': pipeline(`
vars: [{ models: [{ low: 1 }, { low: 2 }] }]
stages:
  year: { foreach: '\${models}', do: { cmd: 'echo \${item.low}' } }
`),
  'a list in params.yaml': pipeline(
    `
stages:
  make: { foreach: '\${colours}', do: { cmd: 'echo \${item}' } }
`,
    params('colours: [red, green, blue]\n'),
  ),
  'a part of a map refers to a variable': pipeline(`
vars: [{ bar: two }]
stages:
  make: { foreach: { a: one, b: '\${bar}' }, do: { cmd: 'echo \${item}' } }
`),
  'two files make one map': pipeline(
    `
vars: [more.yaml]
stages:
  make: { foreach: '\${models}', do: { cmd: 'echo \${item.low} \${item.high}' } }
`,
    {
      ...params('models: { a: { low: 1 }, b: { low: 2 } }\n'),
      'more.yaml': 'models: { a: { high: 5 }, b: { high: 6 } }\n',
    },
  ),
  'variables of only one stage': pipeline(
    `
stages:
  make:
    vars: [{ who: you }, 'more.yaml:train,prepare']
    cmd: echo \${who} \${train.epochs} \${prepare.count}
`,
    { 'more.yaml': 'train: { epochs: 3 }\nprepare: { count: 4 }\nother: 1\n' },
  ),
  'a working folder that depends on the item, with its own params': pipeline(
    `
stages:
  make:
    foreach: [0, 1]
    do:
      wdir: model-\${item}
      vars: [params.yaml]
      cmd: echo \${item} \${train.epochs} > out.txt
      outs: [out.txt]
`,
    {
      'model-0/params.yaml': 'train: { epochs: 3 }\n',
      'model-1/params.yaml': 'train: { epochs: 4 }\n',
    },
  ),
  'a matrix of lists and maps': pipeline(
    `
stages:
  build:
    matrix:
      os: '\${os}'
      py: [3.7, 3.8]
      dict: [{ arg1: 1 }, { arg2: 2 }]
      list: [[out1, out11], [out2, out22]]
    cmd: echo \${key} \${item.os} \${item.py} \${item.dict} -- \${item.list.0} \${item.list.1}
`,
    params('os: [win, linux]\n'),
  ),
  'a matrix of single values': pipeline(
    `
stages:
  build:
    matrix: { os: '\${os}', py: [3.7, 3.10] }
    cmd: echo \${item.os} \${item.py} \${key} > \${item.os}-\${item.py}.txt
    outs: ['\${item.os}-\${item.py}.txt']
  test:
    matrix: { os: '\${os}', py: [3.7, 3.10] }
    cmd: cat \${item.os}-\${item.py}.txt > test-\${key}.txt
    deps: ['\${item.os}-\${item.py}.txt']
    outs: ['test-\${key}.txt']
  all:
    cmd: cat test-*.txt > all.txt
    deps: [test-win-3.7.txt, test-linux-3.1.txt]
    outs: [all.txt]
`,
    params('os: [win, linux]\n'),
  ),
  'options from a map': pipeline(
    `
stages:
  run: { cmd: 'python script.py \${args}' }
`,
    params(`
args:
  foo: foo
  bar: 2
  rate: 1.5
  text: spaced text
  quote: "quote\\"'d"
  yes: true
  no: false
  list: [1, two, "th'ree"]
  inner: { foo: foo }
`),
  ),
  'numbers as Python prints them': pipeline(
    `
stages:
  run:
    cmd: echo \${whole} \${small} \${large} \${nothing} \${yes} \${hex} > out-\${whole}.txt
    outs: ['out-\${whole}.txt']
`,
    params('whole: 1.0\nsmall: 0.00001\nlarge: 1.0e+20\nnothing:\nyes: true\nhex: 0x10\n'),
  ),
  'escapes, and what the shell expands': pipeline(
    `
stages:
  run:
    cmd: echo \\\${HOME} $HOME $(date) \${a} $\${a} '\\\${a}' $\\\${a}
`,
    params('a: 1\n'),
  ),
  'a working folder': pipeline(
    `
stages:
  first: { wdir: sub, cmd: 'echo a > b.txt', deps: [../in.txt], outs: [b.txt, ../c.txt] }
  second: { cmd: 'cat sub/b.txt c.txt > d.txt', deps: [./sub/b.txt, c.txt], outs: [d.txt] }
`,
    { 'in.txt': 'x\n', 'sub/keep': '' },
  ),
  'a part of an output folder, a folder around outputs': pipeline(`
stages:
  data: { cmd: 'mkdir data && echo 1 > data/a.csv', outs: [data/] }
  part: { cmd: 'cat data/a.csv > models/part', deps: [data/a.csv], outs: [models/part] }
  other: { cmd: 'echo > models/other', outs: [models/other] }
  all: { cmd: 'ls models > all', deps: [models], outs: [all] }
`),
  'instances that follow each other': pipeline(
    `
stages:
  step:
    foreach: { 1: 0, 2: 1, 3: 2 }
    do:
      cmd: cat s\${item} > s\${key}
      deps: ['s\${item}']
      outs: ['s\${key}']
`,
    { s0: 'x\n' },
  ),
  'axes of other names, and one value of an axis': pipeline(`
stages:
  prepare:
    matrix: { data: [a, b], clean: [yes, no] }
    cmd: echo \${item.data} > \${item.data}-\${item.clean}.csv
    outs: ['\${item.data}-\${item.clean}.csv']
  train:
    foreach: [a, b]
    do:
      cmd: cat \${item}-yes.csv b-no.csv > \${item}.model
      deps: ['\${item}-yes.csv', b-no.csv]
      outs: ['\${item}.model']
`),
  'parameters of several kinds': pipeline(
    `
stages:
  a:
    cmd: cat params.yaml my.yaml whole.json > a
    params: [seed, train.rate, { my.yaml: [x] }, { whole.json: }]
    outs: [a]
`,
    {
      ...params('seed: 1\ntrain: { rate: 2, other: 3 }\n'),
      'my.yaml': 'x: 1\ny: 2\n',
      'whole.json': '{"z": 1}\n',
    },
  ),
  'a command of several lines, and a list': pipeline(`
stages:
  a:
    cmd: |
      echo 1 > a
      # a comment
      echo 2 >> a
    outs: [a]
  b: { cmd: [echo 1 > b, echo 2 >> b], outs: [b] }
`),
  'names that stages can not have here': pipeline(`
stages:
  a.b: { cmd: 'echo > a', outs: [a] }
  1 b: { cmd: 'cat a > b', deps: [a], outs: [b] }
  a_b: { cmd: 'cat b > c', deps: [b], outs: [c] }
`),
  'variables that nothing uses, and one that is named like ours': pipeline(
    `
vars: [{ env: { a: 1 }, matrix: [x, y], odd key: 3 }]
stages:
  a: { foreach: '\${matrix}', do: { cmd: 'echo \${env.a} \${item} \${odd key}' } }
`,
    params('unused: 1\n'),
  ),
};

export const refused = {
  'a key twice': 'stages:\n  a:\n    cmd: x\n    cmd: y\n',
  'a stage without a colon': 'stages:\n  a\n    cmd: x\n',
  'a key among the items of a list':
    'stages:\n  a:\n    cmd: x\n    outs:\n      - b:\n          cache: false\n      metrics:\n',
  'a text that does not end': 'stages:\n  a:\n    cmd: x\n    desc: "abc\n',
  'a number': '3\n',
  'a stage that is empty': 'stages:\n  a:\n',
  'a command that is a map': 'stages:\n  a:\n    cmd: {}\n',
  'a dependency that is a map': 'stages:\n  a:\n    cmd: x\n    deps:\n      - src:\n',
  'outputs that are a text': 'stages:\n  a:\n    cmd: x\n    outs:\n      models/\n',
  'a flag without a value':
    'stages:\n  a:\n    cmd: x\n    outs:\n    - logs:\n        cache: false\n        remote:\n',
  'a flag that is not known':
    'stages:\n  a:\n    cmd: x\n    outs:\n    - logs:\n        cash: false\n',
  'a foreach over a number': 'stages:\n  a:\n    foreach: 3\n    do: { cmd: x }\n',
  'a foreach that does nothing': 'stages:\n  a:\n    foreach: [1, 2]\n    do:\n',
  'a foreach without a command':
    "stages:\n  a:\n    foreach: [1, 2]\n    do:\n      outs: ['${item}']\n",
  'a foreach with a cmd next to it': 'stages:\n  a:\n    foreach: [1, 2]\n    cmd: x\n',
  'a foreach and a matrix':
    'stages:\n  a:\n    matrix: { v: [1] }\n    foreach: [1]\n    do: { cmd: x }\n',
  'a merge that is not finished':
    'stages:\n  a:\n<<<<<<< HEAD\n    cmd: x\n=======\n    cmd: y\n>>>>>>> branch\n',
  'no command': 'stages:\n  a:\n    deps: [b]\n',
  'a reference that ends with a dot':
    "vars: [{ m: { foo: 1 } }]\nstages:\n  a: { cmd: 'echo ${m.foo.}' }\n",
  'a value that does not exist':
    "vars: [{ m: { foo: 1 } }]\nstages:\n  a: { cmd: 'echo ${m.fooo}' }\n",
  'a variable of the shell': "stages:\n  a: { cmd: 'echo ${HOME}' }\n",
  'a map in a path': "vars: [{ m: { foo: 1 } }]\nstages:\n  a: { cmd: x, outs: ['${m}'] }\n",
  'a list in a command': "vars: [{ m: [1, 2] }]\nstages:\n  a: { cmd: 'echo ${m}' }\n",
  'a list in a list as options':
    "vars: [{ m: { l: [1, [2, 3]] } }]\nstages:\n  a: { cmd: 'echo ${m}' }\n",
  'a foreach over a text':
    "vars: [{ foo: bar }]\nstages:\n  a: { foreach: '${foo}', do: { cmd: x } }\n",
  'an item without the value':
    "stages:\n  a: { foreach: [{ x: 1 }, {}], do: { cmd: 'echo ${item.x}' } }\n",
  'vars that refer to vars': "vars: [{ foo: '${bar}' }, { bar: 1 }]\nstages:\n  a: { cmd: x }\n",
  'a file of vars that does not exist': 'vars: [nowhere.yaml]\nstages:\n  a: { cmd: x }\n',
  'a variable twice': 'vars: [{ a: 1 }, { a: 2 }]\nstages:\n  a: { cmd: x }\n',
  'an item that vars set':
    "stages:\n  a: { foreach: [1], do: { vars: [{ item: 2 }], cmd: 'echo ${item}' } }\n",
  'two stages make one path': 'stages:\n  a: { cmd: x, outs: [o] }\n  b: { cmd: y, outs: [o] }\n',
  'an output in an output': 'stages:\n  a: { cmd: x, outs: [o] }\n  b: { cmd: y, outs: [o/p] }\n',
  'a cycle':
    'stages:\n  a: { cmd: x, deps: [p], outs: [o] }\n  b: { cmd: y, deps: [o], outs: [p] }\n',
  'a stage that depends on itself': 'stages:\n  a: { cmd: x, deps: [o], outs: [o] }\n',
};
