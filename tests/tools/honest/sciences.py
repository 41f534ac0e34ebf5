"""Objects of libraries of many sciences: statistics, chemistry, music, time, graphs, money.

Each maker yields (name, object), or (name, lambda that writes to a path).
"""
import importlib


def numbers(rows=60, columns=4):
    import numpy as np
    x = np.random.RandomState(7).rand(rows, columns)
    return x, (x[:, 0] > 0.5).astype(int), x @ np.arange(1.0, columns + 1)


def each(modules, names, fit):
    """(name, fitted object) of each class that is there and can be fitted."""
    for dotted in names.split():
        module, _, name = (modules + dotted).rpartition(".")
        try:
            yield name, fit(getattr(importlib.import_module(module), name))
        except Exception as problem:
            print("  %s: %s" % (dotted, str(problem)[:100]))


def make_sksurv():
    import numpy as np
    from sksurv.util import Surv
    x, event, time = numbers()
    target = Surv.from_arrays(event.astype(bool), time + 1)
    yield "target", target
    yield from each("sksurv.", "linear_model.CoxPHSurvivalAnalysis linear_model.CoxnetSurvivalAnalysis linear_model.IPCRidge tree.SurvivalTree ensemble.RandomSurvivalForest "
                    "ensemble.GradientBoostingSurvivalAnalysis ensemble.ComponentwiseGradientBoostingSurvivalAnalysis svm.FastSurvivalSVM",
                    lambda kind: kind().fit(x, target))
    yield "functions", list(importlib.import_module("sksurv.tree").SurvivalTree().fit(x, target).predict_survival_function(x[:3]))


def make_sklego():
    import os
    os.environ["SCIPY_ARRAY_API"] = "1"
    x, label, value = numbers()
    yield from each("sklego.", "linear_model.LowessRegression linear_model.ProbWeightRegression linear_model.LADRegression linear_model.QuantileRegression dummy.RandomRegressor "
                    "mixture.GMMClassifier mixture.BayesianGMMClassifier naive_bayes.GaussianMixtureNB preprocessing.ColumnCapper preprocessing.RandomAdder "
                    "preprocessing.OrthogonalTransformer decomposition.PCAOutlierDetection neighbors.BayesianKernelDensityClassifier",
                    lambda kind: kind().fit(x, label))
    from sklearn.linear_model import LinearRegression
    from sklego.meta import EstimatorTransformer, Thresholder, ZeroInflatedRegressor
    from sklearn.linear_model import LogisticRegression
    yield "zero_inflated", ZeroInflatedRegressor(LogisticRegression(), LinearRegression()).fit(x, value * label)
    yield "transformer", EstimatorTransformer(LinearRegression()).fit(x, value)
    yield "threshold", Thresholder(LogisticRegression(), 0.3).fit(x, label)


def make_imodels():
    x, label, value = numbers()
    yield from each("imodels.", "RuleFitClassifier GreedyRuleListClassifier BayesianRuleListClassifier OneRClassifier FIGSClassifier HSTreeClassifierCV "
                    "SkopeRulesClassifier BoostedRulesClassifier TaoTreeClassifier C45TreeClassifier SlipperClassifier",
                    lambda kind: kind().fit(x, label))
    yield from each("imodels.", "FIGSRegressor RuleFitRegressor HSTreeRegressorCV", lambda kind: kind().fit(x, value))


def make_skmultilearn():
    import numpy as np
    from sklearn.naive_bayes import GaussianNB
    from skmultilearn import adapt, problem_transform
    x, label, _ = numbers()
    labels = np.stack([label, 1 - label, (x[:, 1] > 0.5).astype(int)], axis=1)
    for kind in (problem_transform.BinaryRelevance, problem_transform.ClassifierChain, problem_transform.LabelPowerset):
        yield kind.__name__, kind(GaussianNB()).fit(x, labels)
    yield "nearest", adapt.MLkNN(k=3)


def make_prince():
    import pandas as pd
    import prince
    x, label, _ = numbers()
    frame = pd.DataFrame(x, columns=list("abcd"))
    words = pd.DataFrame({"a": ["x", "y"] * 30, "b": ["u", "v", "w"] * 20})
    yield "pca", prince.PCA(n_components=2).fit(frame)
    yield "ca", prince.CA(n_components=2).fit(frame)
    yield "mca", prince.MCA(n_components=2).fit(words)
    yield "famd", prince.FAMD(n_components=2).fit(frame.join(words.add_prefix("word_")))


def make_arch():
    import numpy as np
    from arch import arch_model
    from arch.univariate import ARX, EGARCH, GARCH, HARX, ConstantMean, Normal, StudentsT
    series = np.random.RandomState(1).randn(200)
    yield "model", arch_model(series)
    yield "fitted", arch_model(series).fit(disp="off")
    yield "fitted_t", arch_model(series, vol="EGARCH", dist="t").fit(disp="off")
    yield "forecast", arch_model(series).fit(disp="off").forecast(horizon=2)
    yield "parts", [GARCH(1, 1), EGARCH(), Normal(), StudentsT(), ConstantMean(series), ARX(series, lags=2), HARX(series, lags=[1, 5])]


def make_filterpy():
    import numpy as np
    from filterpy import discrete_bayes, kalman, monte_carlo
    yield "kalman", kalman.KalmanFilter(2, 1)
    yield "extended", kalman.ExtendedKalmanFilter(2, 1)
    yield "others", [kalman.InformationFilter(2, 1), kalman.SquareRootKalmanFilter(2, 1), kalman.FadingKalmanFilter(1.01, 2, 1)]
    points = kalman.MerweScaledSigmaPoints(2, 0.1, 2.0, 1)
    yield "points", points


def make_pykalman():
    from pykalman import KalmanFilter, UnscentedKalmanFilter
    yield "kalman", KalmanFilter(n_dim_state=2, n_dim_obs=1).em([[1.0], [2.0], [3.0]], n_iter=1)
    yield "new", KalmanFilter(n_dim_state=2, n_dim_obs=2)


def make_cma():
    import cma
    search = cma.CMAEvolutionStrategy([0.5, 0.2], 0.3, {"verbose": -9, "seed": 3})
    search.optimize(lambda v: float((v ** 2).sum()), iterations=3)
    yield "search", search
    yield "result", search.result
    yield "options", cma.CMAOptions()


def make_pymoo():
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.algorithms.soo.nonconvex.de import DE
    from pymoo.algorithms.soo.nonconvex.ga import GA
    from pymoo.core.population import Population
    from pymoo.optimize import minimize
    from pymoo.problems import get_problem
    yield "problem", get_problem("zdt1")
    yield "algorithm", NSGA2(pop_size=10)
    yield "others", [GA(pop_size=8), DE(pop_size=8)]
    result = minimize(get_problem("zdt1"), NSGA2(pop_size=10), ("n_gen", 2), seed=1, verbose=False)
    yield "population", result.pop
    yield "front", {"x": result.X, "f": result.F}
    yield "result", result


def make_nevergrad():
    import nevergrad as ng
    choices = ng.p.Instrumentation(ng.p.Scalar(), lr=ng.p.Log(lower=1e-4, upper=1.0), kind=ng.p.Choice(["a", "b"]))
    yield "space", choices
    yield "array", ng.p.Array(shape=(3,))
    for name in ("OnePlusOne", "DE", "PSO", "RandomSearch"):
        optimizer = ng.optimizers.registry[name](parametrization=ng.p.Array(shape=(2,)), budget=10)
        for _ in range(3):
            asked = optimizer.ask()
            optimizer.tell(asked, float((asked.value ** 2).sum()))
        yield name, optimizer


def make_ConfigSpace():
    from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float, ForbiddenEqualsClause, Integer, Normal
    space = ConfigurationSpace(seed=1, space={"depth": (1, 9), "lr": (1e-4, 1.0), "kind": ["a", "b"]})
    yield "space", space
    yield "configuration", space.sample_configuration()
    yield "parameters", [Integer("a", (1, 5)), Float("b", (0.1, 1.0), log=True), Categorical("c", ["x", "y"]), Float("d", (0, 1), distribution=Normal(0.5, 0.1))]
    space.add(EqualsCondition(space["lr"], space["kind"], "a"), ForbiddenEqualsClause(space["depth"], 9))
    yield "conditions", space


def make_emcee():
    import emcee
    import numpy as np
    yield "moves", [emcee.moves.StretchMove(), emcee.moves.DEMove(), emcee.moves.WalkMove()]
    yield "state", emcee.State(np.ones((4, 2)))
    yield "backend", emcee.backends.Backend()


def make_copulas():
    import pandas as pd
    from copulas import multivariate, univariate
    x, _, _ = numbers()
    frame = pd.DataFrame(x, columns=list("abcd"))
    copula = multivariate.GaussianMultivariate(distribution=univariate.GaussianUnivariate)
    copula.fit(frame)
    yield "gaussian", copula
    vine = multivariate.VineCopula("center")
    vine.fit(frame[["a", "b", "c"]])
    yield "vine", vine
    for kind in (univariate.GaussianKDE, univariate.BetaUnivariate, univariate.GammaUnivariate, univariate.TruncatedGaussian):
        one = kind()
        one.fit(x[:, 0])
        yield kind.__name__, one


def make_implicit():
    import scipy.sparse
    from implicit import als, bpr, lmf, nearest_neighbours
    items = scipy.sparse.random(20, 15, 0.3, "csr", random_state=1)
    for model in (als.AlternatingLeastSquares(4, iterations=2), bpr.BayesianPersonalizedRanking(4, iterations=2), lmf.LogisticMatrixFactorization(4, iterations=2),
                  nearest_neighbours.CosineRecommender(3), nearest_neighbours.BM25Recommender(3), nearest_neighbours.TFIDFRecommender(3)):
        model.fit(items, show_progress=False)
        yield type(model).__name__, model


def make_symspellpy():
    from symspellpy import SymSpell, Verbosity
    speller = SymSpell()
    speller.create_dictionary_entry("hello", 3)
    yield "speller", speller
    yield "suggestions", speller.lookup("helo", Verbosity.CLOSEST)
    yield "verbosity", Verbosity.ALL


def make_bm25s():
    import bm25s
    index = bm25s.BM25()
    tokens = bm25s.tokenize(["a cat sat", "the dog ran", "a bird"], show_progress=False)
    index.index(tokens, show_progress=False)
    yield "index", index
    yield "tokens", tokens
    yield "tokenizer", bm25s.tokenization.Tokenizer()


def make_yake():
    import yake
    yield "extractor", yake.KeywordExtractor(n=2)


def make_textdistance():
    import textdistance
    for name in ("levenshtein", "jaccard", "cosine", "jaro_winkler", "hamming", "damerau_levenshtein"):
        yield name, getattr(textdistance, name)
    yield "several", [textdistance.Levenshtein(), textdistance.Jaccard(qval=2), textdistance.MongeElkan()]


def make_snowballstemmer():
    import snowballstemmer
    yield "english", snowballstemmer.stemmer("english")
    yield "others", [snowballstemmer.stemmer(language) for language in ("german", "french", "porter")]


def make_astropy():
    import numpy as np
    from astropy import coordinates, cosmology, modeling, table, time, timeseries, units, wcs
    yield "quantity", np.ones(3) * units.km / units.s
    yield "unit", [units.km, units.Unit("erg / (s cm2)"), units.mag]
    yield "time", time.Time(["2024-01-01", "2024-02-01"])
    yield "sky", coordinates.SkyCoord([1, 2], [3, 4], unit="deg")
    yield "table", table.Table({"a": [1, 2], "b": ["x", "y"]})
    yield "qtable", table.QTable({"a": [1, 2] * units.m})
    yield "model", modeling.models.Gaussian1D(1, 2, 3)
    yield "compound", modeling.models.Gaussian1D() + modeling.models.Const1D()
    yield "cosmology", cosmology.FlatLambdaCDM(70, 0.3)
    yield "fitter", modeling.fitting.LevMarLSQFitter()
    yield "series", timeseries.TimeSeries(time_start="2024-01-01", time_delta=1 * units.s, n_samples=3)
    yield "wcs", wcs.WCS(naxis=2)


def make_pint():
    import numpy as np
    import pint
    registry = pint.UnitRegistry()
    pint.set_application_registry(registry)
    yield "quantity", registry.Quantity(3.0, "km/h")
    yield "array", registry.Quantity(np.ones(3), "m")
    yield "unit", registry.Unit("kg")
    yield "measurement", registry.Quantity(3.0, "m").to("cm")


def make_uncertainties():
    from uncertainties import ufloat, umath, unumpy
    a, b = ufloat(1, 0.1), ufloat(2, 0.2)
    yield "variable", a
    yield "sum", a + b * 2
    yield "array", unumpy.uarray([1, 2], [0.1, 0.2])
    yield "function", umath.sin(a)


def make_Bio():
    from Bio import Align, Phylo, Seq, SeqFeature, SeqRecord, motifs
    from io import StringIO
    yield "sequence", Seq.Seq("ACGTACGT")
    yield "record", SeqRecord.SeqRecord(Seq.Seq("ACGT"), id="x", annotations={"a": 1})
    yield "feature", SeqFeature.SeqFeature(SeqFeature.FeatureLocation(1, 5, strand=1), type="gene")
    yield "aligner", Align.PairwiseAligner()
    yield "alignments", list(Align.PairwiseAligner().align("ACGT", "ACG"))[:2]
    yield "tree", Phylo.read(StringIO("(A:1,(B:2,C:3):1);"), "newick")
    yield "motif", motifs.create([Seq.Seq("ACGT"), Seq.Seq("ACGA")])


def make_ase():
    from ase import Atoms, build
    from ase.calculators.emt import EMT
    from ase.calculators.singlepoint import SinglePointCalculator
    from ase.constraints import FixAtoms
    yield "molecule", build.molecule("H2O")
    yield "bulk", build.bulk("Cu")
    atoms = build.fcc111("Al", (1, 1, 2), vacuum=5.0)
    atoms.set_constraint(FixAtoms([0]))
    yield "slab", atoms
    water = build.molecule("H2O")
    water.calc = SinglePointCalculator(water, energy=1.0)
    yield "energies", [water, Atoms("N2", [(0, 0, 0), (0, 0, 1.1)])]
    yield "calculator", EMT()
    yield "cell", build.bulk("Cu").cell


def make_chess():
    import chess
    import chess.pgn
    board = chess.Board()
    board.push_san("e4")
    yield "board", board
    yield "moves", list(board.legal_moves)
    yield "table", {board.fen(): 0.1, chess.Board().fen(): 0.2}
    game = chess.pgn.Game()
    game.add_variation(chess.Move.from_uci("e2e4"))
    yield "game", game
    yield "score", [chess.SquareSet([1, 2]), chess.Outcome(chess.Termination.CHECKMATE, chess.WHITE)]


def make_treelib():
    import treelib
    tree = treelib.Tree()
    tree.create_node("root", "r", data={"a": 1})
    tree.create_node("leaf", "l", parent="r")
    yield "tree", tree
    yield "node", treelib.Node("a", "b")


def make_anytree():
    import anytree
    root = anytree.Node("root")
    anytree.Node("leaf", parent=root, weight=2)
    yield "tree", root
    yield "any", anytree.AnyNode(a=1)


def make_intervaltree():
    import intervaltree
    yield "tree", intervaltree.IntervalTree.from_tuples([(1, 2, "a"), (2, 5, "b")])
    yield "interval", intervaltree.Interval(1, 2, "x")


def make_bidict():
    import bidict
    yield "labels", bidict.bidict({"cat": 0, "dog": 1})
    yield "frozen", bidict.frozenbidict({"a": 1})
    yield "ordered", bidict.OrderedBidict({"a": 1, "b": 2})


def make_pyrsistent():
    import pyrsistent
    yield "map", pyrsistent.m(a=1, b=2)
    yield "vector", pyrsistent.v(1, 2, 3)
    yield "set", pyrsistent.s(1, 2)
    yield "frozen", pyrsistent.freeze({"a": [1, {"b": 2}]})
    yield "others", [pyrsistent.b(1, 1), pyrsistent.l(1, 2), pyrsistent.dq(1, 2)]


def make_pendulum():
    import pendulum
    yield "moment", pendulum.datetime(2024, 1, 2, tz="Europe/Paris")
    yield "duration", pendulum.duration(days=1, hours=2)
    yield "date", [pendulum.date(2024, 1, 1), pendulum.time(1, 2)]
    yield "interval", pendulum.datetime(2024, 1, 2) - pendulum.datetime(2024, 1, 1)


def make_arrow():
    import arrow
    yield "moment", arrow.get("2024-01-02T03:04:05+00:00")
    yield "moments", [arrow.get(2024, 1, day) for day in (1, 2)]


def make_trimesh():
    import trimesh
    yield "box", trimesh.creation.box()
    yield "sphere", trimesh.creation.icosphere(1)
    yield "cloud", trimesh.PointCloud([[0, 0, 0], [1, 1, 1]])
    yield "scene", trimesh.Scene(trimesh.creation.box())


def make_skimage():
    import numpy as np
    from skimage import feature, measure, transform
    yield "affine", transform.AffineTransform(scale=(2, 2))
    yield "similarity", [transform.SimilarityTransform(rotation=0.1), transform.EuclideanTransform(), transform.ProjectiveTransform(np.eye(3))]
    yield "piecewise", transform.PolynomialTransform(np.ones((2, 6)))
    yield "regions", [region.bbox for region in measure.regionprops(np.eye(5, dtype=int))]
    yield "detector", [feature.ORB(), feature.BRIEF()]
    yield "ellipse", measure.CircleModel()


def make_simpy():
    import simpy
    yield "priority", [simpy.PriorityItem(1, "a")]


def make_sparse():
    import numpy as np
    import sparse
    yield "coo", sparse.COO.from_numpy(np.eye(3))
    yield "gcxs", sparse.GCXS.from_numpy(np.eye(3))
    yield "dok", sparse.DOK((3, 3))


def make_polars():
    import polars as pl
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [1.5, None]})
    yield "frame", frame
    yield "series", frame["b"]
    yield "lazy", frame.lazy().filter(pl.col("a") > 1)
    yield "types", [pl.Int64, pl.String, pl.List(pl.Float32), pl.Datetime("us")]
    yield "schema", frame.schema
    yield "expression", pl.col("a").sum()


def make_faiss():
    import faiss
    x, _, _ = numbers()
    x = x.astype("float32")
    index = faiss.IndexFlatL2(4)
    index.add(x)
    yield "flat", index
    yield "hnsw", faiss.IndexHNSWFlat(4, 8)
    yield "store", {"index": faiss.serialize_index(index), "ids": ["a", "b"]}


def make_igraph():
    import igraph
    graph = igraph.Graph.Ring(5)
    graph.vs["name"] = list("abcde")
    yield "graph", graph
    yield "clusters", graph.connected_components()
    yield "dendrogram", graph.community_walktrap()
    yield "layout", graph.layout("circle")


def make_pyphen():
    import pyphen
    yield "hyphenator", pyphen.Pyphen(lang="en_US")


def make_bitarray():
    import bitarray
    yield "bits", bitarray.bitarray("0110")
    yield "frozen", bitarray.frozenbitarray("01")


def make_boltons():
    from boltons import cacheutils, dictutils, iterutils, queueutils, setutils, statsutils, tableutils
    yield "cache", cacheutils.LRU(4)
    yield "multi", dictutils.OMD([("a", 1), ("a", 2)])
    yield "indexed", setutils.IndexedSet([1, 2])
    yield "statistics", statsutils.Stats([1, 2, 3])
    yield "table", tableutils.Table([[1, 2]], headers=["a", "b"])


def make_portion():
    import portion
    yield "interval", portion.closed(1, 2) | portion.open(4, 5)
    yield "dict", portion.IntervalDict({portion.closed(0, 1): "a"})


def make_mido():
    import mido
    file = mido.MidiFile()
    track = mido.MidiTrack()
    track.append(mido.Message("note_on", note=60, time=10))
    track.append(mido.MetaMessage("set_tempo", tempo=500000))
    file.tracks.append(track)
    yield "file", file
    yield "messages", list(track)


def make_pretty_midi():
    import pretty_midi
    music = pretty_midi.PrettyMIDI()
    piano = pretty_midi.Instrument(0)
    piano.notes.append(pretty_midi.Note(100, 60, 0, 1))
    music.instruments.append(piano)
    yield "notes", piano.notes
    yield "instrument", piano
    yield "music", music


def make_lifetimes():
    import numpy as np
    import lifetimes
    r = np.random.RandomState(1)
    frequency, recency, age = r.randint(1, 5, 60), r.randint(5, 20, 60), r.randint(20, 40, 60)
    yield "betageo", lifetimes.BetaGeoFitter(0.1).fit(frequency, recency, age)
    yield "gamma", lifetimes.GammaGammaFitter(0.1).fit(frequency, r.rand(60) * 10 + 1)


def make_skfuzzy():
    import numpy as np
    from skfuzzy import control
    quality = control.Antecedent(np.arange(0, 11, 1), "quality")
    tip = control.Consequent(np.arange(0, 26, 1), "tip")
    quality.automf(3)
    tip.automf(3)
    yield "variable", quality
    yield "rule", control.Rule(quality["poor"], tip["poor"])
    yield "system", control.ControlSystem([control.Rule(quality["poor"], tip["poor"]), control.Rule(quality["good"], tip["good"])])


def make_linearmodels():
    import pandas as pd
    from linearmodels import IV2SLS, PanelOLS
    x, _, value = numbers()
    frame = pd.DataFrame(x, columns=list("abcd")).assign(y=value)
    yield "instrument", IV2SLS(frame.y, frame[["a"]], frame[["b"]], frame[["c", "d"]]).fit()
    panel = frame.set_index(pd.MultiIndex.from_product([range(6), range(10)]))
    yield "panel", PanelOLS(panel.y, panel[["a", "b"]]).fit()


def make_pywt():
    import numpy as np
    import pywt
    yield "wavelets", [pywt.Wavelet("db4"), pywt.Wavelet("haar")]
    yield "continuous", pywt.ContinuousWavelet("mexh")
    yield "coefficients", pywt.wavedec(np.ones(16), "db2", level=2)
    yield "modes", pywt.Modes.symmetric


def make_pyswarms():
    import numpy as np
    from pyswarms.backend import Swarm, topology
    from pyswarms.single import GlobalBestPSO, LocalBestPSO
    options = {"c1": 0.5, "c2": 0.3, "w": 0.9, "k": 2, "p": 2}
    yield "swarm", Swarm(np.ones((3, 2)), np.zeros((3, 2)))
    yield "topology", [topology.Star(), topology.Ring()]


def make_cvxpy():
    import cvxpy as cp
    x = cp.Variable(3, name="x")
    problem = cp.Problem(cp.Minimize(cp.sum_squares(x - 1)), [x >= 0])
    yield "variable", x
    yield "problem", problem
    yield "parameter", cp.Parameter(2, nonneg=True)


def make_pulp():
    import pulp
    problem = pulp.LpProblem("diet", pulp.LpMinimize)
    a, b = pulp.LpVariable("a", 0), pulp.LpVariable("b", 0, cat="Integer")
    problem += 2 * a + 3 * b
    problem += a + b >= 10
    yield "problem", problem
    yield "variable", [a, b]


def make_pyomo():
    import pyomo.environ as pyo
    model = pyo.ConcreteModel()
    model.x = pyo.Var([1, 2], domain=pyo.NonNegativeReals)
    model.objective = pyo.Objective(expr=model.x[1] + 2 * model.x[2])
    model.constraint = pyo.Constraint(expr=model.x[1] + model.x[2] >= 1)
    yield "model", model


def make_tldextract():
    import tldextract
    yield "result", tldextract.TLDExtract(suffix_list_urls=())("http://forums.bbc.co.uk/")


def make_mesa():
    import mesa
    yield "model", mesa.Model(seed=1)


def make_pingouin():
    import pandas as pd
    import pingouin
    x, _, value = numbers()
    yield "regression", pingouin.linear_regression(pd.DataFrame(x, columns=list("abcd")), value)
