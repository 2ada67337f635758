r"""The index rules: what is legal, and what it means; what is refused, with the caret under the culprit and a hint.

LEGAL    equations; the sums that they leave to be understood, written out
REFUSED  equations (the last one has the fault) with ‸ in front of the culprit, the rule, what would be legal
"""

import pytest

from linalg_grads import backward, equal
from linalg_grads.canonical import canonical
from linalg_grads.errors import IndexRuleError, LinalgGradsError
from linalg_grads.expressions import Product, nodes, tidy
from linalg_grads.indices import bind, bind_claim, read_layer
from linalg_grads.matrices import to_components
from linalg_grads.parse_latex import parse_equation, parse_expression

LEGAL = [
    (r"y_{ij} = x_{ik} a_{jk}", r"\sum_k x_{ik} a_{jk}"),
    (r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j", r"(\sum_k x_{ik} a_{jk}) + \mathbf{1}_i b_j"),
    ("y_i = x_i z_i", "x_i z_i"),
    ("l = x_i z_i", r"\sum_i x_i z_i"),
    ("l = x_{ii}", r"\sum_i x_{ii}"),
    ("l = x_i x_i x_i", r"\sum_i x_i x_i x_i"),
    (r"l = \exp(x_i z_i)", r"\exp(\sum_i x_i z_i)"),
    (r"y_k = \exp(x_i z_i) v_k", r"\exp(\sum_i x_i z_i) v_k"),
    (r"l = \exp(x_i) z_i", r"\sum_i \exp(x_i) z_i"),
    (r"l = x_i (z_i + v_i)", r"\sum_i x_i (z_i + v_i)"),
    (r"l = c (x_i z_i + v_k u_k)", r"c ((\sum_i x_i z_i) + (\sum_k v_k u_k))"),
    (r"l = \frac{x_i z_i}{v_k v_k}", r"\frac{\sum_i x_i z_i}{\sum_k v_k v_k}"),
    (r"l = \frac{x_i z_i}{v_i v_i}", r"\frac{\sum_i x_i z_i}{\sum_k v_k v_k}"),
    (r"y_i = \frac{\exp(x_i)}{\sum_k \exp(x_k)}", r"\frac{\exp(x_i)}{\sum_j \exp(x_j)}"),
    (r"l = \sum_i x_i", r"\sum_i x_i"),
    (r"l = \sum_i x_i^2", r"\sum_i x_i^2"),
    (r"l = x_i \mathbf{1}_i", r"\sum_i x_i"),
    (r"l = \sum_i \sqrt{x_i + c}", r"\sum_i \sqrt{x_i + c}"),
    (r"y_i = \sqrt{x_i + 2}", r"\sqrt{x_i + 2}"),
    (r"y_i = \delta_{ij} x_j", r"\sum_j \delta_{ij} x_j"),
    (r"y_i = \sum_{k=1}^{K} x_{ik} v_k", r"\sum_k x_{ik} v_k"),
    (r"y_i = x_i - \frac{1}{n} \mathbf{1}_i \sum_k x_k", r"x_i - \frac{1}{n} \mathbf{1}_i (\sum_k x_k)"),
]

REFUSED = [
    # an index once that is not free; a free index missing
    ("y_i = x_{i‸k}", "the index 'k' stands once in its term and is not free", r"\mathbf{1}_k or \sum_k"),
    ("l = x_‸i", "the index 'i' stands once in its term and is not free", "repeat it"),
    (r"l = \frac{1}{2} (v_i u_i - v_‸i)", "the index 'i' stands once in its term and is not free", r"\sum_i"),
    ("l = x_‸i^2", "the index 'i' stands once in its term and is not free", r"\sum_i"),
    ("y_i = x_i + x_{i‸j}", "the index 'j' stands once", "repeat it"),
    (r"l = \exp(x_‸i)", "the index 'i' stands once", "repeat it"),
    ("y_{ij} = x_{ij} + b_‸j", "this term lacks the free index 'i'", r"write \mathbf{1}_i times the term"),
    ("y_{ij} = x_{‸ik} v_k", "this term lacks the free index 'j'", r"write \mathbf{1}_j times the term"),
    ("y_i = ‸c", "this term lacks the free index 'i'", r"write \mathbf{1}_i times the term"),
    (r"y_i = v_j (x_{jk} w_k \mathbf{1}_i + b_‸i)", "this term lacks the dummy index 'j' of the other terms", r"\mathbf{1}_j"),
    ("y_{‸ii} = x_i", "the free index 'i' stands twice on the left", "use two letters"),
    # written sums
    (r"y_i = \sum_‸i x_i", "'i' has a meaning outside this sum already", "choose another letter"),
    (r"l = \sum_k x_k (\sum_‸k v_k)", "'k' has a meaning outside this sum already", "choose another letter"),
    (r"l = \sum_{‸ii} x_{ii}", "'i' has a meaning outside this sum already", "choose another letter"),
    (r"l = (\sum_{k=1}^{K} x_k) (\sum_{‸m=1}^{M} x_m)", "the index 'm' has two sizes, K and M", "equally long"),
    (r"l = \sum_{k=1}^{3} x_k + \sum_{‸m=1}^{5} x_m", "the index 'm' has two sizes, 3 and 5", "equally long"),
    (r"l = \sum_{k=1}^{K} x_k + \sum_{‸m=1}^{M} v_m \delta_{mn} x_n", "the index 'm' has two sizes, K and M", "equally long"),
    (r"y_i = \sum_{‸k=1}^{i} x_{ik}", "the sum runs to the index 'i'", "a sum runs over a whole axis"),
    (r"l = \sum_‸k c", "nothing tells how long the index 'k' is", "it must stand on an input, or on the output"),
    (r"y_i = x_i \delta_{‸kk}", "nothing tells how long the index 'k' is", "it must stand on an input"),
    # steps in time
    (r"\theta_t = ‸\theta_{t-1} - \eta g_t", "an index that is shifted can't be read", r"\sum_{tu} s_{tu} x_u; or two names"),
    (r"l = \sum_t (x_t - ‸x_{t-1})^2", "an index that is shifted can't be read", r"\sum_{tu} s_{tu} x_u"),
    (r"y_j = a_t ‸h_{t-1,j}", "an index that is shifted can't be read", r"\sum_{tu} s_{tu} x_u"),
    # tensors
    ("y_{ij} = x_{ik} x_{jk} + ‸x_i \\mathbf{1}_j", "'x' has 1 subscript here and 2 subscripts elsewhere", "rename one of the two"),
    ("y_i = x_i + ‸y_i", "'y' stands for itself", "put definitions first"),
    ("‸x_i + y_i = z_i", "the left-hand side must be one tensor", "write y_{ij} = ..."),
    # matrix notation
    ("y = W_{‸ij} x_j", "the index 'i' stands once in its term and is not free", "repeat it"),
    ("l = d_‸i^2", "the index 'i' stands once in its term and is not free", "repeat it"),
    (r"l = \operatorname{tr}(‸A \otimes X)", "a Kronecker product can't be differentiated", "y_{ijkl} = a_{ik} b_{jl}"),
    (r"y = \operatorname{softmax}(‸X^\top v / \sqrt{c_k})", "matrix notation stands beside components", r"or write c_{\text{k}} if the k belongs to the name"),
    (r"l = \sum_i y_i ‸w^\top x_i", "matrix notation stands beside components", r"[X A^\top]_{ij}"),
    ("‸f = A B", "the shapes of this matrix expression don't fit", "the right-hand side is a matrix, and 'f' is no capital letter"),
    (r"‸Z = D^{-1/2} A D^{-1/2} X", "the shapes of this matrix expression don't fit", r"write \operatorname{diag}(d)^{-1/2} of a diagonal d"),
    (r"‸Z = \tilde{D}^{-\frac{1}{2}} \tilde{A} X", "the shapes of this matrix expression don't fit", r"\frac{1}{\sqrt{N}} of a number N"),
    (r"‸y = A^{\frac12} x", "the shapes of this matrix expression don't fit", r"\operatorname{diag}(d)^{-1/2}"),
    ("‸G = X^t X", "the shapes of this matrix expression don't fit", "a matrix has no such power here"),
    ("b = (X'X)^{-1} ‸X'y", "is 'X'' a transpose?", r"write X^\top for the transpose, \tilde{X} for another one"),
    (r"y = ‸\phi(W x + b)", r"is '\phi' a function?", r"\tanh(...), or (...) \phi for a product"),
    (r"y_i = ‸f(w_{ij} x_j)", "is 'f' a function?", "(...) f for a product"),
    (r"h = W x + ‸\Delta W x", "is this one name, or a product?", r"\tilde{W} for a name, W \Delta for a product"),
    ("f = ‸x'Ax", "is 'x'' a transpose?", r"write x^\top for the transpose"),
    ("‸y = A x + B", "the shapes of this matrix expression don't fit", "capital letters are matrices"),
    (r"‸l = x^\top A B", "the shapes of this matrix expression don't fit", "capital letters are matrices"),
]

REFUSED_LISTS = [
    ([r"z_i = x_i", "‸z_i = x_i"], "'z' is defined twice", "give the second one another name"),
    ([r"z_i = x_i", r"y_i = z_i v_i + ‸z \mathbf{1}_i"], "'z' has 0 subscripts here and 1 subscript elsewhere", "rename"),
    ([r"s_‸i = c \mathbf{1}_i", "l = s_i s_i"], "nothing tells how long the index 'i' is", "it must stand on an input"),
    ([r"s^2 = x_i x_i", r"‸y_i = x_i / s"], "'s' stands here, and only its square is defined", r"define s = \sqrt{...}"),
    ([r"\mathbf{z} = W x", r"l = \sum_{ij} ‸z_{ij}^2"], "'z' has 2 subscripts here and 1 subscript elsewhere", "rename one of the two"),
    (["Y = X W", r"l = \sum_n (‸y_n - t_n)^2"], "'y' is no component of 'Y', which is used nowhere", "with all its indices"),
    (["y_i = ‸z_i x_i", "z_i = x_i"], "'z' stands for what is defined only later", "put definitions first"),
]


def layer_of(texts):
    texts = [texts] if isinstance(texts, str) else texts
    return read_layer(*to_components([parse_equation(text) for text in texts], texts))


@pytest.mark.parametrize(("text", "meaning"), LEGAL, ids=[text for text, _ in LEGAL])
def test_what_is_summed(text, meaning):
    equation = layer_of(text).equations[-1]
    written_out = tidy(bind(parse_expression(meaning), equation.left.indices))
    assert equal(equation.right, written_out)


def assert_refused(texts, rule, legal, call):
    """The last text with ‸ is the one that is shown."""
    marked = next(text for text in texts if "‸" in text)
    with pytest.raises(IndexRuleError) as refusal:
        call([text.replace("‸", "") for text in texts])
    what, shown, caret, hint = str(refusal.value).split("\n")
    assert rule in what
    assert shown == "  " + marked.replace("‸", "")
    assert caret.index("^") - 2 == marked.index("‸")
    assert legal in hint


@pytest.mark.parametrize(("marked", "rule", "legal"), REFUSED, ids=[marked for marked, _, _ in REFUSED])
def test_what_is_refused(marked, rule, legal):
    assert_refused([marked], rule, legal, layer_of)


@pytest.mark.parametrize(("marked", "rule", "legal"), REFUSED_LISTS, ids=[rule for _, rule, _ in REFUSED_LISTS])
def test_what_is_refused_of_a_list(marked, rule, legal):
    assert_refused(marked, rule, legal, layer_of)


# ---------------------------------------------------------------- the variable of a derivative

LINEAR = r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j"


@pytest.mark.parametrize(
    ("wrt", "rule", "legal"),
    [("a_{‸iq}", "the index 'i' is in use in the equation", "a derivative takes fresh indices: p, q"),
     ("a_{p‸k}", "the index 'k' is in use in the equation", "fresh indices"),
     ("‸a_p", "'a' has 2 indices in the layer", "write wrt='a'")],
)  # fmt: skip
def test_a_derivative_takes_fresh_indices(wrt, rule, legal):
    assert_refused([wrt], rule, legal, lambda texts: backward(LINEAR, wrt=texts[0]))


def test_a_derivative_by_what_is_no_input():
    with pytest.raises(IndexRuleError, match="'q' is no input of the layer; its inputs are: x, a, b"):
        backward(LINEAR, wrt="q")


@pytest.mark.parametrize(
    ("equations", "wrt", "name"),
    [(r"y = W_f x", "W_f", r"W_{\text{f}}"), (r"\mathbf{y} = \mathbf{W}_f \mathbf{x}", "W_{f}", r"\mathbf{W}_{\text{f}}"),
     (r"\mathbf{y} = \mathbf{W} \mathbf{x}", "x", r"\mathbf{x}"), (r"y_i = x_i + \mathbf{1}_i [W x]_k v_k", r"\mathbf{x}", "x"),
     ([r"\mathbf{z} = W x", "l = z_i z_i"], r"\mathbf{z}", "z"), (r"l = \theta_{ij} \theta_{ij}", r"\Theta", r"\theta")],
)  # fmt: skip
def test_an_input_is_asked_for_by_any_of_its_names(equations, wrt, name):
    assert backward(equations, wrt=wrt).variable.name == name


def test_an_input_by_a_name_that_two_have_is_refused():
    with pytest.raises(IndexRuleError, match="is no input of the layer"):
        backward(r"l = \mathbf{x}^\top \vec{x}", wrt="x")


def test_two_indices_of_a_derivative_are_two_letters():
    with pytest.raises(IndexRuleError, match="the indices of a derivative are distinct: p, p"):
        backward(LINEAR, wrt="a_{pp}")


def test_the_callers_letters_are_kept():
    assert backward(LINEAR, wrt="a_{rs}").jacobian.left.wrt.indices == ("r", "s")


# ---------------------------------------------------------------- claims: each side read by itself

CLAIMS = [r"\delta_{ij} v_j = v_i", "v_i = v_i", r"\delta_{ij} \delta_{jk} = \delta_{ik}", "x_{ik} a_{jk} = a_{jm} x_{im}"]
WRONG_CLAIMS = [
    (r"x_{ij} v_j = v_‸j", "the index 'j' is free on one side only"),
    (r"v_i w_i = v_‸i", "the index 'i' is free on one side only"),
    (r"v_i = v_‸j", "the index 'j' stands once in its term and is not free"),
]


def sides_of(claim):
    return [parse_expression(side) for side in claim.split("=")]


@pytest.mark.parametrize("claim", CLAIMS)
def test_both_sides_of_a_claim_have_the_same_free_indices(claim):
    left, right = bind_claim(sides_of(claim))
    assert equal(left, right)


@pytest.mark.parametrize(("marked", "rule"), WRONG_CLAIMS, ids=[marked for marked, _ in WRONG_CLAIMS])
def test_a_claim_with_an_index_on_one_side_only(marked, rule):
    sides = marked.replace("‸", "").split("=")
    with pytest.raises(IndexRuleError, match=rule) as refusal:
        bind_claim([parse_expression(side) for side in sides], sides)
    _, shown, caret, _ = str(refusal.value).split("\n")
    right = marked.split("=")[1]
    assert shown == "  " + sides[1] and caret.index("^") - 2 == right.index("‸")


# ---------------------------------------------------------------- dummies and axes


def test_every_dummy_is_bound_once():
    right = layer_of(r"y_i = x_k w_{ik} + v_k w_{ik} + \exp(x_k v_k) u_i").equations[-1].right
    bound = [index for node in nodes(right) if isinstance(node, Product) for index in node.bound]
    assert len(bound) == len(set(bound)) == 3


def test_an_index_knows_its_axis():
    layer = layer_of([r"z_{ij} = x_{ik} a_{jk}", r"y_i = z_{ij} z_{ij}"])
    assert [index.dim for index in layer.equations[0].left.indices] == [("x", 0), ("a", 0)]
    assert layer.axes["z", 1] == ("a", 0) and layer.axes["y", 0] == ("x", 0)


def test_an_index_keeps_its_axis_where_its_tensors_cancel():
    (index,) = layer_of(r"y_i = x_i / x_i").equations[0].left.indices
    assert index.dim == ("x", 0)


def test_the_canonical_form_names_no_dummy_twice():
    left, right = (bind(parse_expression(text), ()) for text in (
        r"\sum_a x_a \exp(\sum_b m_{ab} y_a)", r"\sum_a x_a \exp(\sum_b m_{bb} y_a)"))  # fmt: skip
    assert canonical(left) != canonical(right)


# ---------------------------------------------------------------- an intermediate definition as an input

DEFINED = ["s_{ij} = x_{ik} w_{jk}", "p_{ij} = \\exp(s_{ij})", "y_i = p_{ij} v_j + s_{ii} \\mathbf{1}_i"]


@pytest.mark.parametrize("name", ["s", "p"])
def test_a_derivative_by_a_definition_takes_it_as_an_input(name):
    without = [text for text in DEFINED if not text.startswith(name)]
    assert repr(backward(DEFINED, wrt=name)) == repr(backward(without, wrt=name))
    assert f"def grad_{name}({'s' if name == 's' else ''}" in backward(DEFINED, wrt=name).to_numpy()


def test_a_derivative_by_the_output_is_refused():
    with pytest.raises(IndexRuleError, match="'y' is no input"):
        backward(DEFINED, wrt="y")


def test_a_maximum_over_an_index_is_refused_with_what_to_write_instead():
    with pytest.raises(LinalgGradsError, match=r"(?s)'max' over an index can't be read.*\\log"):
        backward(r"l = \max_i x_i", wrt="x")


def test_a_canonical_form_that_costs_too_much_is_the_text_as_written(monkeypatch):
    monkeypatch.setattr("linalg_grads.canonical.MOST_WORK", 3)
    one, other, same = (bind(parse_expression(text), ("i",)) for text in (r"x_{ij} \exp(v_j)", r"x_{ji} \exp(v_j)", r"x_{ik} \exp(v_k)"))
    assert canonical(one) == canonical(same) != canonical(other)


# ---------------------------------------------------------------- how a layer may be written


def test_fresh_letters_never_run_out():
    letters = "abcdfghmnpqrstuvw"
    equation = "y_{ij} = " + " + ".join(rf"x_{{{number},ik}} {letter}_{{jk}}" for number, letter in enumerate(letters))
    assert repr(backward(equation, "p")).startswith(r"\frac{\partial l}{\partial p_{p'q'}} = \frac{\partial l}{\partial y_{ip'}} x_{")


def test_a_derivatives_letter_is_no_numbers_name():
    assert repr(backward("y_{ij} = p x_{ik} a_{jk}", "a")) == r"\frac{\partial l}{\partial a_{qr}} = \frac{\partial l}{\partial y_{iq}} p x_{ir}"


def test_a_definition_that_nothing_uses_is_refused():
    with pytest.raises(IndexRuleError, match="no later equation uses 'u'"):
        backward(["u_i = 2 z_i", "y_i = 3 x_i"], "z")
    assert repr(backward(["u_i = 2 z_i", "v_i = u_i x_i", "y_i = v_i v_i"], "v")) == r"\frac{\partial l}{\partial v_p} = 2 \frac{\partial l}{\partial y_p} v_p"


def test_a_free_index_is_no_number():
    with pytest.raises(IndexRuleError, match="'t' is an index, and stands here as a number") as refused:
        backward(r"y_{te} = \cos(t \theta_e) x_{te}", "x")
    assert str(refused.value).splitlines()[2].index("^") == str(refused.value).splitlines()[1].index(r"t \theta")


def test_an_aligned_text_is_a_list_of_equations():
    layer = "\\begin{aligned}\n s_i &:= x_i^2 \\\\\n y_i &= s_i c \\\\[2pt]\n\\end{aligned}"
    assert repr(backward(layer, "x")) == repr(backward(["s_i := x_i^2", "y_i = s_i c"], "x"))


def test_a_greek_input_is_asked_for_by_its_name_in_code():
    assert backward(r"y_i = \gamma x_i", "gamma").to_numpy() == backward(r"y_i = \gamma x_i", r"\gamma").to_numpy()
