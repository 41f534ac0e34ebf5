#!/usr/bin/env python3
"""Makes honest pickles with real libraries; honest_pickles.py runs it inside the environments it makes.

    honest_writers.py FOLDER LIBRARY...

Every object that a library's maker yields is written in two or three ways: by pickle, whose protocols
take turns, and by joblib or torch.save where those are at hand. FOLDER/index.jsonl has a line for each
file: which library and version made it, and how. Runs on Python 3.6 and newer.
"""
import collections
import importlib
import io
import json
import os
import pickle
import signal
import sys
import warnings

warnings.simplefilter("ignore")
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", WANDB_DISABLED="true", TOKENIZERS_PARALLELISM="false", YOLO_VERBOSE="false",
                  HF_HUB_OFFLINE="1", CUDA_VISIBLE_DEVICES="")


# ---- Libraries: each maker yields (name, object), or (name, function that writes to a path) --------

def make_python():
    import argparse, array, datetime, decimal, enum, fractions, functools, ipaddress, itertools, logging, operator, pathlib
    import random, re, types, uuid
    yield "containers", {"a": [1, -2, 3.5, 1 << 70, 1j], "b": {1, 2}, "c": frozenset("ab"), "d": (None, True), "e": b"\0\xff",
                         "f": bytearray(b"x"), "g": range(3), "h": slice(1, 2), "i": Ellipsis}
    yield "collections", [collections.OrderedDict(a=1), collections.Counter("aab"), collections.deque([1], 4),
                          collections.defaultdict(list, a=[1]), collections.defaultdict(int), collections.ChainMap({})]
    yield "dates", [datetime.datetime.now(), datetime.date(2024, 1, 2), datetime.timedelta(1), datetime.timezone.utc, datetime.time(1)]
    yield "numbers", [decimal.Decimal("1.5"), fractions.Fraction(1, 3), array.array("d", [1.0])]
    yield "identities", [uuid.uuid4(), pathlib.Path("a/b"), pathlib.PurePosixPath("x"), re.compile("a.*b", re.I), re.I]
    yield "namespaces", [argparse.Namespace(lr=0.1, name="x"), types.SimpleNamespace(a=1)]
    yield "partial", [functools.partial(int, base=2), functools.partial(max, 3)]
    yield "network", [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_network("10.0.0.0/8")]
    yield "random", random.Random(1)
    yield "iterators", [itertools.count(3), itertools.repeat(1, 2)] if sys.version_info < (3, 14) else [1]
    yield "errors", [ValueError("no"), KeyError("k"), OSError(2, "no file"), StopIteration()]
    yield "builtins", [len, sum, max, min, abs, int, str, dict, list, sorted, isinstance]
    yield "loggers", [logging.getLogger("x")] if sys.version_info >= (3, 7) else [1]
    yield "getters", [operator.itemgetter(1), operator.attrgetter("a")]
    if sys.version_info >= (3, 9):
        import zoneinfo
        yield "zones", [datetime.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))]


def make_numpy():
    import numpy as np
    for code in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u8", "c8", "c16", "?", "S5", "U5", "M8[D]", "m8[s]", ">i4"):
        yield "array_" + code.strip("?>[]") + str(ord(code[0])), np.zeros((3, 4), dtype=code)
    mixed = np.empty(3, dtype=object)
    mixed[:] = ["a", {"b": 1}, None]
    yield "objects", mixed
    yield "structured", np.array([(1, 2.0, "x")], dtype=[("a", "i4"), ("b", "f8"), ("c", "U3")])
    yield "fortran", np.asfortranarray(np.ones((3, 4)))
    yield "masked", np.ma.masked_array([1, 2, 3], mask=[0, 1, 0])
    yield "matrix", np.matrix([[1, 2], [3, 4]])
    yield "records", np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])
    yield "chararray", np.char.array(["ab", "c"])
    yield "scalars", [np.float64(1), np.float32(2), np.int64(3), np.bool_(True), np.complex128(1), np.str_("a"), np.bytes_(b"b"),
                      np.datetime64("2024-01-01"), np.timedelta64(1, "D"), np.void(b"abc")]
    yield "dtypes", [np.dtype("f8"), np.dtype([("a", "i4")]), np.dtype(object), np.float32, np.int64, np.ndarray]
    yield "ufuncs", [np.add, np.log1p, np.exp, np.sqrt, np.maximum]
    yield "functions", [np.mean, np.median, np.std, np.concatenate, np.where, np.linalg.norm, np.nanmean, np.argmax, np.percentile]
    yield "random_state", np.random.RandomState(3)
    if hasattr(np.random, "default_rng"):
        yield "generator", np.random.default_rng(3)
        for kind in ("MT19937", "PCG64", "Philox", "SFC64"):
            yield "generator_" + kind, np.random.Generator(getattr(np.random, kind)(4))
        yield "seeds", np.random.SeedSequence(5)
    yield "polynomials", [np.poly1d([1, 2]), np.polynomial.Polynomial([1, 2]), np.polynomial.Chebyshev([1, 2])]
    yield "saved", lambda path: np.save(path + ".npy", mixed, allow_pickle=True)
    yield "archive", lambda path: np.savez(path + ".npz", a=np.ones(3), b=mixed)


def make_scipy():
    import numpy as np
    import scipy.interpolate, scipy.optimize, scipy.signal, scipy.sparse, scipy.spatial, scipy.special, scipy.stats
    square = np.eye(4)
    for form in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok"):
        yield "sparse_" + form, getattr(scipy.sparse, form + "_matrix")(square)
        if hasattr(scipy.sparse, form + "_array"):
            yield "sparse_array_" + form, getattr(scipy.sparse, form + "_array")(square)
    x = np.linspace(0, 9, 10)
    yield "interp1d", scipy.interpolate.interp1d(x, x ** 2, kind="cubic")
    yield "splines", [scipy.interpolate.CubicSpline(x, x), scipy.interpolate.UnivariateSpline(x, x), scipy.interpolate.PchipInterpolator(x, x),
                      scipy.interpolate.BSpline(x, x[:8], 1), scipy.interpolate.Akima1DInterpolator(x, x)]
    yield "interpolators", [scipy.interpolate.RegularGridInterpolator((x, x), np.ones((10, 10))), scipy.interpolate.NearestNDInterpolator(np.random.rand(9, 2), x[:9])]
    yield "rbf", scipy.interpolate.Rbf(x, x, x)
    yield "trees", [scipy.spatial.cKDTree(np.random.rand(9, 2)), scipy.spatial.KDTree(np.random.rand(9, 2))]
    yield "rotation", scipy.spatial.transform.Rotation.from_quat([0, 0, 0, 1]) if hasattr(scipy.spatial, "transform") else 1
    yield "frozen", [scipy.stats.norm(0, 1), scipy.stats.gamma(2.0), scipy.stats.poisson(3)]
    yield "distributions", [scipy.stats.norm, scipy.stats.uniform, scipy.stats.randint]
    yield "kde", scipy.stats.gaussian_kde(x)
    yield "results", [scipy.optimize.minimize(lambda v: float((v ** 2).sum()), [1.0]), scipy.stats.ttest_ind(x, x + 1), scipy.stats.linregress(x, x)]
    yield "bounds", [scipy.optimize.Bounds([0], [1]), scipy.optimize.LinearConstraint(np.eye(2), 0, 1)]
    yield "signals", [scipy.signal.lti([1], [1, 2]), scipy.signal.TransferFunction([1], [1, 2])]
    yield "functions", [scipy.special.expit, scipy.special.gamma, scipy.spatial.distance.euclidean, scipy.spatial.distance.cosine, scipy.stats.pearsonr]


def make_pandas():
    import numpy as np
    import pandas as pd
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [1.5, None, 2], "c": list("xyz"), "d": pd.Categorical(list("aba")),
                          "e": pd.date_range("2024", periods=3), "f": [True, False, True]})
    yield "frame", frame
    yield "frame_int", pd.DataFrame(np.arange(12).reshape(3, 4))
    yield "frame_multi", frame.set_index(["a", "c"])
    yield "frame_time", frame.set_index("e")
    yield "frame_empty", pd.DataFrame()
    yield "series", [frame[column] for column in frame]
    yield "indexes", [pd.RangeIndex(3), pd.Index([1, 2]), pd.Index([1.5]), pd.Index(list("ab")), pd.date_range("2024", periods=2, tz="UTC"),
                      pd.timedelta_range("1h", periods=2), pd.period_range("2024", periods=2, freq="D"), pd.CategoricalIndex(list("ab")),
                      pd.IntervalIndex.from_breaks([0, 1, 2]), pd.MultiIndex.from_product([[1, 2], list("ab")])]
    yield "zones", [pd.date_range("2024", periods=2, tz="Europe/Berlin"), pd.Timestamp("2024", tz="US/Eastern")]
    yield "scalars", [pd.Timestamp("2024"), pd.Timedelta("1h"), pd.Period("2024", "D"), pd.Interval(0, 1), pd.NaT]
    yield "offsets", [pd.offsets.Day(), pd.offsets.MonthEnd(), pd.offsets.BDay(2), pd.offsets.Week(weekday=1), pd.DateOffset(months=1)]
    if hasattr(pd, "NA"):
        yield "nullable", [pd.array([1, None], dtype="Int64"), pd.array([True, None], dtype="boolean"), pd.array(["a", None], dtype="string"), pd.NA]
    if hasattr(pd, "arrays") and hasattr(pd.arrays, "SparseArray"):
        yield "sparse", pd.Series(pd.arrays.SparseArray([0, 0, 1]))
    yield "dtypes", [pd.CategoricalDtype(list("ab")), frame.dtypes]
    yield "cut", pd.cut([1, 2, 3], 2)
    yield "grouped", frame.groupby("a")
    yield "to_pickle", lambda path: frame.to_pickle(path + ".pkl")


def fitted(estimator, x, y):
    for target in (y, x[:, 0] + 1.0, abs(x), None):
        try:
            return estimator.fit(x, target) if target is not None else estimator.fit(x)
        except Exception:
            continue
    return estimator


def estimators_of(module):
    for place in ("utils", "utils.testing", "utils.discovery"):
        try:
            return importlib.import_module(module + "." + place).all_estimators()
        except (ImportError, AttributeError):
            continue
    return []


def make_sklearn():
    import numpy as np
    import sklearn
    from sklearn import base, datasets, ensemble, feature_extraction, feature_selection, gaussian_process, linear_model, metrics
    from sklearn import model_selection, neighbors, pipeline, preprocessing, tree
    x, y = abs(np.random.RandomState(0).normal(size=(40, 4))) + 0.1, np.arange(40) % 2
    for name, cls in estimators_of("sklearn"):
        if not issubclass(cls, base.BaseEstimator) or name in ("MetaEstimatorMixin",):
            continue
        try:
            estimator = cls()
        except Exception:
            try:
                estimator = cls(tree.DecisionTreeClassifier(max_depth=2))
            except Exception:
                continue
        yield name, fitted(estimator, x, y)
    texts = ["a good model", "a bad model", "good weights", "bad weights"]
    yield "text", pipeline.make_pipeline(feature_extraction.text.TfidfVectorizer(), linear_model.LogisticRegression()).fit(texts, [1, 0, 1, 0])
    yield "count", feature_extraction.text.CountVectorizer(ngram_range=(1, 2), stop_words="english").fit(texts)
    yield "grid", model_selection.GridSearchCV(tree.DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2).fit(x, y)
    yield "random_search", model_selection.RandomizedSearchCV(linear_model.LogisticRegression(), {"C": [1, 2]}, n_iter=2, cv=2).fit(x, y)
    yield "function", preprocessing.FunctionTransformer(np.log1p).fit(x)
    yield "select", feature_selection.SelectKBest(feature_selection.chi2, k=2).fit(x, y)
    yield "kernels", [gaussian_process.kernels.RBF() + gaussian_process.kernels.WhiteKernel() * gaussian_process.kernels.Matern()]
    yield "process", gaussian_process.GaussianProcessRegressor(gaussian_process.kernels.RBF() + gaussian_process.kernels.WhiteKernel()).fit(x, y)
    yield "trees", [neighbors.KDTree(x), neighbors.BallTree(x)]
    yield "neighbors_tree", neighbors.KNeighborsClassifier(algorithm="ball_tree", metric="manhattan").fit(x, y)
    yield "distance", neighbors.DistanceMetric.get_metric("minkowski", p=3) if hasattr(neighbors, "DistanceMetric") else metrics.DistanceMetric.get_metric("minkowski", p=3)
    yield "iris", datasets.load_iris()
    yield "folds", [model_selection.KFold(3), model_selection.StratifiedKFold(3), model_selection.ShuffleSplit(2), model_selection.GroupKFold(2)]
    yield "scorers", [metrics.make_scorer(metrics.f1_score), metrics.make_scorer(metrics.mean_squared_error, greater_is_better=False)]
    yield "named_steps", pipeline.Pipeline([("scale", preprocessing.StandardScaler()), ("forest", ensemble.RandomForestClassifier(5))]).fit(x, y)
    yield "union", pipeline.make_union(preprocessing.StandardScaler(), preprocessing.MinMaxScaler()).fit(x, y)
    yield "boosting", ensemble.GradientBoostingClassifier(n_estimators=3).fit(x, np.arange(40) % 3)
    yield "label", preprocessing.LabelEncoder().fit(["a", "b"])
    yield "dict", feature_extraction.DictVectorizer().fit([{"a": 1}, {"b": 2}])
    try:
        from sklearn.compose import ColumnTransformer
        yield "columns", ColumnTransformer([("n", preprocessing.StandardScaler(), [0, 1]), ("o", preprocessing.OneHotEncoder(), [2])]).fit(x)
    except ImportError:
        pass


def make_imblearn():
    import numpy as np
    x, y = abs(np.random.RandomState(0).normal(size=(60, 4))), (np.arange(60) % 4 == 0).astype(int)
    for name, cls in estimators_of("imblearn"):
        try:
            estimator = cls()
        except Exception:
            continue
        yield name, fitted(estimator, x, y)


def make_xgboost():
    import numpy as np
    import xgboost
    x, y = np.random.rand(40, 4), np.arange(40) % 2
    yield "booster", xgboost.train({"max_depth": 2}, xgboost.DMatrix(x, label=y), 3)
    for name in ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor"):
        if hasattr(xgboost, name):
            yield name, getattr(xgboost, name)(n_estimators=3, max_depth=2).fit(x, y)
    if hasattr(xgboost, "XGBRanker"):
        yield "XGBRanker", xgboost.XGBRanker(n_estimators=2).fit(x, y, group=[20, 20])


def make_lightgbm():
    import lightgbm
    import numpy as np
    x, y = np.random.rand(60, 4), np.arange(60) % 2
    yield "booster", lightgbm.train({"verbose": -1, "objective": "binary"}, lightgbm.Dataset(x, y), 3)
    for name in ("LGBMClassifier", "LGBMRegressor"):
        yield name, getattr(lightgbm, name)(n_estimators=3).fit(x, y)
    yield "LGBMRanker", lightgbm.LGBMRanker(n_estimators=2).fit(x, y, group=[30, 30])


def make_catboost():
    import catboost
    import numpy as np
    x, y = np.random.rand(40, 4), np.arange(40) % 2
    for name in ("CatBoostClassifier", "CatBoostRegressor", "CatBoost"):
        yield name, getattr(catboost, name)(*([{"iterations": 3, "verbose": False, "allow_writing_files": False}] if name == "CatBoost" else []),
                                            **({} if name == "CatBoost" else dict(iterations=3, verbose=False, allow_writing_files=False))).fit(x, y)


def make_statsmodels():
    import numpy as np
    import pandas as pd
    import statsmodels.api as sm
    import statsmodels.formula.api as smf
    rng = np.random.RandomState(0)
    x, y = sm.add_constant(rng.normal(size=(60, 2))), rng.normal(size=60)
    frame = pd.DataFrame({"y": y, "a": x[:, 1], "b": x[:, 2]})
    yield "ols", sm.OLS(y, x).fit()
    yield "wls", sm.WLS(y, x).fit()
    yield "logit", sm.Logit((y > 0).astype(int), x).fit(disp=0)
    yield "glm", sm.GLM(abs(y) + 1, x, family=sm.families.Gamma(sm.families.links.log() if hasattr(sm.families.links, "log") else sm.families.links.Log())).fit()
    yield "poisson", sm.Poisson((abs(y) * 3).astype(int), x).fit(disp=0)
    yield "formula", smf.ols("y ~ a + np.log(abs(b) + 1)", frame).fit()
    yield "kde", sm.nonparametric.KDEUnivariate(y).fit()
    series = pd.Series(np.cumsum(y), index=pd.date_range("2020", periods=60, freq="D"))
    try:
        from statsmodels.tsa.arima.model import ARIMA
        yield "arima", ARIMA(series, order=(1, 1, 0)).fit()
    except ImportError:
        pass
    yield "sarimax", sm.tsa.SARIMAX(series, order=(1, 0, 0)).fit(disp=0)
    yield "smoothing", sm.tsa.ExponentialSmoothing(series - series.min() + 1, trend="add").fit()


def make_category_encoders():
    import category_encoders
    import pandas as pd
    frame, y = pd.DataFrame({"a": list("xyxyxy"), "b": list("uuvvww")}), [0, 1, 0, 1, 1, 0]
    for name in category_encoders.__all__:
        yield name, fitted(getattr(category_encoders, name)(), frame, y) if isinstance(frame, dict) else getattr(category_encoders, name)().fit(frame, y)


def make_feature_engine():
    import numpy as np
    import pandas as pd
    frame = pd.DataFrame({"n": np.arange(1.0, 11), "m": np.arange(10) * 2.0 + 1, "c": list("aabbaabbab")})
    y = pd.Series(np.arange(10) % 2)
    for module, name in (("imputation", "MeanMedianImputer"), ("imputation", "CategoricalImputer"), ("encoding", "OneHotEncoder"), ("encoding", "OrdinalEncoder"),
                         ("encoding", "RareLabelEncoder"), ("encoding", "MeanEncoder"), ("discretisation", "EqualFrequencyDiscretiser"), ("transformation", "LogTransformer"),
                         ("outliers", "Winsorizer"), ("selection", "DropConstantFeatures"), ("selection", "DropCorrelatedFeatures")):
        yield name, getattr(importlib.import_module("feature_engine." + module), name)().fit(frame, y)


def make_nltk():
    import nltk
    from nltk import lm, stem, tokenize
    yield "tree", nltk.Tree.fromstring("(S (NP a) (VP b))")
    yield "counts", nltk.FreqDist("aab")
    yield "conditional", nltk.ConditionalFreqDist([("a", 1), ("b", 2)])
    yield "punkt", tokenize.punkt.PunktSentenceTokenizer("Mr. X went home. He slept. Mr. Y too.")
    yield "bayes", nltk.NaiveBayesClassifier.train([({"a": 1}, "x"), ({"a": 2}, "y")])
    yield "stemmers", [stem.PorterStemmer(), stem.LancasterStemmer()]
    yield "tokenizers", [tokenize.RegexpTokenizer(r"\w+"), tokenize.TreebankWordTokenizer(), tokenize.TweetTokenizer(), tokenize.WhitespaceTokenizer()]
    sentences = [[("the", "D"), ("dog", "N")], [("a", "D"), ("cat", "N")]]
    yield "taggers", [nltk.UnigramTagger(sentences), nltk.BigramTagger(sentences, backoff=nltk.DefaultTagger("N"))]
    yield "perceptron", nltk.tag.PerceptronTagger(load=False)
    model = lm.MLE(2)
    model.fit([[("a", "b"), ("b", "c")]], list("abc"))
    yield "language_model", model
    yield "function", [nltk.word_tokenize, tokenize.wordpunct_tokenize]


def make_gensim():
    import gensim
    from gensim import corpora, models
    texts = [["human", "interface", "computer"], ["survey", "user", "computer", "system"], ["eps", "user", "interface"]] * 3
    dictionary = corpora.Dictionary(texts)
    corpus = [dictionary.doc2bow(text) for text in texts]
    yield "dictionary", dictionary
    word2vec = models.Word2Vec(texts, min_count=1)
    yield "word2vec", word2vec
    yield "vectors", word2vec.wv
    yield "doc2vec", models.Doc2Vec([models.doc2vec.TaggedDocument(t, [i]) for i, t in enumerate(texts)], min_count=1)
    yield "fasttext", models.FastText(texts, min_count=1, bucket=100)
    yield "tfidf", models.TfidfModel(corpus)
    yield "lda", models.LdaModel(corpus, num_topics=2, id2word=dictionary)
    yield "lsi", models.LsiModel(corpus, num_topics=2, id2word=dictionary)
    yield "phrases", models.Phrases(texts, min_count=1)
    yield "saved", lambda path: word2vec.save(path + ".model")
    yield "lda_saved", lambda path: models.LdaModel(corpus, num_topics=2, id2word=dictionary).save(path + ".model")


def make_lifelines():
    import lifelines
    import numpy as np
    import pandas as pd
    rng = np.random.RandomState(0)
    frame = pd.DataFrame({"t": rng.exponential(size=40) + 0.1, "e": 1, "x": rng.normal(size=40)})
    yield "cox", lifelines.CoxPHFitter().fit(frame, "t", "e")
    yield "kaplan", lifelines.KaplanMeierFitter().fit(frame["t"], frame["e"])
    yield "weibull", lifelines.WeibullFitter().fit(frame["t"], frame["e"])
    yield "aft", lifelines.WeibullAFTFitter().fit(frame, "t", "e")
    yield "nelson", lifelines.NelsonAalenFitter().fit(frame["t"])


def make_sklearn_crfsuite():
    import sklearn_crfsuite
    crf = sklearn_crfsuite.CRF(max_iterations=3)
    try:
        crf.fit([[{"w": "a"}, {"w": "b"}]], [["X", "Y"]])
    except Exception:
        pass
    yield "crf", crf


def make_torch():
    import torch
    from torch import nn
    for name in ("float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool", "complex64"):
        yield "tensor_" + name, torch.ones(3, dtype=getattr(torch, name))
    yield "parameter", nn.Parameter(torch.ones(2))
    yield "sparse", torch.eye(3).to_sparse()
    yield "quantized", torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)
    yield "devices", [torch.device("cpu"), torch.float32, torch.Size([1, 2]), torch.strided]
    arguments = {"Linear": (3, 2), "Bilinear": (2, 2, 2), "Embedding": (5, 3), "EmbeddingBag": (5, 3), "LSTM": (3, 2), "GRU": (3, 2), "RNN": (3, 2), "LSTMCell": (3, 2),
                 "GRUCell": (3, 2), "RNNCell": (3, 2), "MultiheadAttention": (4, 2), "TransformerEncoderLayer": (4, 2, 8), "TransformerDecoderLayer": (4, 2, 8),
                 "Transformer": (4, 2, 1, 1, 8), "LayerNorm": (3,), "GroupNorm": (2, 4), "PReLU": (), "Unfold": (2,), "Fold": (2, 2), "Upsample": (2,),
                 "PixelShuffle": (2,), "LocalResponseNorm": (2,), "Threshold": (1, 2), "Unflatten": (1, (2, 2)), "CrossMapLRN2d": (2,)}
    modules = {}
    for name in sorted(dir(nn)):
        cls = getattr(nn, name)
        if isinstance(cls, type) and issubclass(cls, nn.Module):
            for given in (arguments.get(name, ()), (2, 2, 1), (2,), (2, 2)):
                try:
                    modules[name] = cls(*given)
                    break
                except Exception:
                    continue
    names = sorted(modules)
    for first in range(0, len(names), 8):
        yield "modules_%s" % names[first], [modules[name] for name in names[first:first + 8]]
    network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 2))
    yield "network", network
    yield "state", network.state_dict()
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "ASGD", "Rprop", "NAdam", "RAdam", "LBFGS"):
        if hasattr(torch.optim, name):
            optimizer = getattr(torch.optim, name)(network.parameters(), lr=0.1)
            yield "optimizer_" + name, optimizer if name in ("SGD", "Adam", "AdamW") else optimizer.state_dict()
    scheduler = torch.optim.lr_scheduler.StepLR(torch.optim.SGD(network.parameters(), lr=0.1), 3)
    yield "checkpoint", {"model": network.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(), "epoch": 3,
                         "args": __import__("argparse").Namespace(lr=0.1), "rng": torch.get_rng_state()}
    yield "dataset", torch.utils.data.TensorDataset(torch.ones(3, 2))
    yield "distributions", [torch.distributions.Normal(0.0, 1.0), torch.distributions.Categorical(torch.ones(3) / 3)]
    yield "weight_norm", nn.utils.weight_norm(nn.Linear(2, 2)) if int(torch.__version__.split(".")[0]) < 2 else nn.Linear(2, 2)
    yield "functions", [torch.nn.functional.relu, torch.relu, torch.tanh, torch.sigmoid, nn.functional.gelu, nn.init.xavier_uniform_]
    yield "encoder", nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 2)


def make_torchvision():
    import torchvision
    from torchvision import transforms
    for name in ("resnet18", "mobilenet_v2", "squeezenet1_0", "shufflenet_v2_x0_5", "mnasnet0_5", "densenet121", "efficientnet_b0", "vit_b_32", "googlenet", "convnext_tiny"):
        if hasattr(torchvision.models, name) and name not in ("vit_b_32", "convnext_tiny", "densenet121"):
            yield name, getattr(torchvision.models, name)()
    yield "transforms", transforms.Compose([transforms.Resize(8), transforms.CenterCrop(8), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
                                            transforms.Normalize([0.5], [0.5]), transforms.ColorJitter(0.1), transforms.RandomRotation(10)])


def make_torchmetrics():
    import torch
    import torchmetrics
    for name, options in (("Accuracy", {"task": "binary"}), ("F1Score", {"task": "binary"}), ("MeanSquaredError", {}), ("AUROC", {"task": "binary"}), ("MeanMetric", {}),
                          ("ConfusionMatrix", {"task": "binary"}), ("R2Score", {})):
        if hasattr(torchmetrics, name):
            try:
                metric = getattr(torchmetrics, name)(**options)
            except Exception:
                continue
            yield name, metric
    yield "collection", torchmetrics.MetricCollection([torchmetrics.MeanSquaredError(), torchmetrics.MeanAbsoluteError()])


def make_transformers():
    import torch
    import transformers as t
    small = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=30)
    yield "arguments", t.TrainingArguments("out", **({"use_cpu": True} if "use_cpu" in getattr(t.TrainingArguments, "__dataclass_fields__", {}) else {}))
    yield "arguments_seq2seq", t.Seq2SeqTrainingArguments("out", **({"use_cpu": True} if "use_cpu" in t.TrainingArguments.__dataclass_fields__ else {}))
    for kind, model, options in (("BertConfig", "BertForSequenceClassification", small), ("RobertaConfig", "RobertaForMaskedLM", small), ("DistilBertConfig", "DistilBertModel", dict(dim=8, n_layers=1, n_heads=2, hidden_dim=16, vocab_size=30)),
                                 ("GPT2Config", "GPT2LMHeadModel", dict(n_embd=8, n_layer=1, n_head=2, vocab_size=30)), ("T5Config", "T5ForConditionalGeneration", dict(d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2, vocab_size=30)),
                                 ("ViTConfig", "ViTForImageClassification", dict(small, image_size=16, patch_size=8)), ("LlamaConfig", "LlamaForCausalLM", small), ("MistralConfig", "MistralForCausalLM", dict(small, num_key_value_heads=2)),
                                 ("BartConfig", "BartForConditionalGeneration", dict(d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, vocab_size=60)),
                                 ("Wav2Vec2Config", "Wav2Vec2Model", dict(small, conv_dim=(8,), conv_stride=(2,), conv_kernel=(3,), num_feat_extract_layers=1, num_conv_pos_embedding_groups=2)),
                                 ("WhisperConfig", "WhisperModel", dict(d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, vocab_size=60, pad_token_id=1, decoder_start_token_id=2)),
                                 ("CLIPTextConfig", "CLIPTextModel", small), ("ElectraConfig", "ElectraModel", dict(small, embedding_size=8)), ("DebertaV2Config", "DebertaV2Model", small), ("AlbertConfig", "AlbertModel", dict(small, embedding_size=8)),
                                 ("XLMRobertaConfig", "XLMRobertaModel", small), ("MobileBertConfig", "MobileBertModel", dict(small, embedding_size=8, intra_bottleneck_size=8)), ("Qwen2Config", "Qwen2ForCausalLM", dict(small, num_key_value_heads=2))):
        if hasattr(t, kind) and hasattr(t, model):
            try:
                config = getattr(t, kind)(**options)
                made = getattr(t, model)(config)
            except Exception as problem:
                print("  %s: %s" % (model, str(problem)[:100]), file=sys.stderr)
                continue
            yield kind, config
            yield model, made
    os.makedirs("/tmp/honest-vocabulary", exist_ok=True)
    with open("/tmp/honest-vocabulary/vocab.txt", "w") as file:
        file.write("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##c"]))
    slow = t.BertTokenizer("/tmp/honest-vocabulary/vocab.txt")
    yield "tokenizer", slow
    yield "tokenizer_fast", t.BertTokenizerFast("/tmp/honest-vocabulary/vocab.txt")
    yield "encoding", t.BertTokenizerFast("/tmp/honest-vocabulary/vocab.txt")(["a b", "b"])
    yield "collator", [t.DataCollatorWithPadding(slow), t.default_data_collator]
    yield "states", [t.TrainerState() if hasattr(t, "TrainerState") else 1, t.IntervalStrategy.STEPS if hasattr(t, "IntervalStrategy") else 1]
    if hasattr(t, "GenerationConfig"):
        yield "generation", t.GenerationConfig()
    if hasattr(t, "BitsAndBytesConfig"):
        yield "quantization", t.BitsAndBytesConfig(load_in_8bit=True) if False else t.SchedulerType.LINEAR
    network = torch.nn.Linear(2, 2)
    yield "scheduler", t.get_linear_schedule_with_warmup(torch.optim.AdamW(network.parameters()), 1, 10).state_dict()


def make_tokenizers():
    import tokenizers
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    yield "tokenizer", tokenizer
    yield "added", tokenizers.AddedToken("x")
    yield "encoding", tokenizer.encode("a b")
    yield "models", [tokenizers.models.BPE(), tokenizers.models.WordPiece({"[UNK]": 0}, unk_token="[UNK]")]
    yield "parts", [tokenizers.pre_tokenizers.Whitespace(), tokenizers.normalizers.NFC(), tokenizers.decoders.ByteLevel()]


def make_accelerate():
    import accelerate
    from accelerate.utils import DistributedType, GradientAccumulationPlugin, ProjectConfiguration
    yield "types", [DistributedType.NO, GradientAccumulationPlugin(num_steps=2), ProjectConfiguration()]
    yield "state", accelerate.PartialState(cpu=True)


def make_diffusers():
    import diffusers
    model = diffusers.UNet2DModel(sample_size=8, block_out_channels=(8, 8), layers_per_block=1, norm_num_groups=4,
                                  down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"), attention_head_dim=4)
    yield "unet", model
    yield "config", model.config
    for name in ("DDPMScheduler", "DDIMScheduler", "PNDMScheduler", "EulerDiscreteScheduler", "DPMSolverMultistepScheduler", "LMSDiscreteScheduler"):
        if hasattr(diffusers, name):
            yield name, getattr(diffusers, name)()
    yield "vae", diffusers.AutoencoderKL(block_out_channels=(8,), norm_num_groups=4)


def make_peft():
    import peft
    import transformers as t
    config = peft.LoraConfig(r=2, target_modules=["query"], task_type="SEQ_CLS")
    yield "config", config
    bert = t.BertForSequenceClassification(t.BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=30))
    yield "model", peft.get_peft_model(bert, config)
    yield "prompt", peft.PromptTuningConfig(num_virtual_tokens=2, task_type="CAUSAL_LM")
    yield "types", [peft.TaskType.CAUSAL_LM, peft.PeftType.LORA]


def make_trl():
    import trl
    for name in ("SFTConfig", "DPOConfig", "RewardConfig", "KTOConfig", "GRPOConfig", "PPOConfig", "ORPOConfig", "CPOConfig"):
        if hasattr(trl, name):
            try:
                yield name, getattr(trl, name)(**({} if name == "PPOConfig" and "output_dir" not in trl.PPOConfig.__dataclass_fields__ else {"output_dir": "out", "use_cpu": True, "bf16": False}))
            except Exception as problem:
                print("  %s: %s" % (name, str(problem)[:100]), file=sys.stderr)


def lightning_objects(pl):
    yield "checkpoint", pl.callbacks.ModelCheckpoint(monitor="loss")
    yield "stopping", pl.callbacks.EarlyStopping(monitor="loss")
    yield "monitor", pl.callbacks.LearningRateMonitor()
    yield "parameters", {"hyper_parameters": importlib.import_module(pl.__name__ + ".utilities.parsing").AttributeDict(lr=0.1), "pytorch-lightning_version": pl.__version__}
    yield "module", pl.LightningModule()
    yield "demo", importlib.import_module(pl.__name__ + ".demos.boring_classes").BoringModel()


def make_pytorch_lightning():
    import pytorch_lightning
    return lightning_objects(pytorch_lightning)


def make_lightning():
    import lightning.pytorch
    return lightning_objects(lightning.pytorch)


def make_timm():
    import timm
    for name in ("resnet18", "mobilenetv3_small_050", "efficientnet_b0", "vit_tiny_patch16_224", "convnext_atto", "deit_tiny_patch16_224", "regnetx_002", "swin_tiny_patch4_window7_224", "mixer_s32_224", "ghostnet_050"):
        if name in timm.list_models():
            yield name, timm.create_model(name, pretrained=False)
    yield "transform", timm.data.create_transform(224)


def make_ultralytics():
    from ultralytics import YOLO
    for name in ("yolov8n.yaml", "yolov8n-seg.yaml", "yolov8n-pose.yaml", "yolov8n-cls.yaml", "yolov5n.yaml", "yolo11n.yaml", "yolov9t.yaml", "yolov10n.yaml"):
        try:
            model = YOLO(name)
        except Exception:
            continue
        yield name.partition(".")[0], {"epoch": -1, "model": model.model, "train_args": dict(getattr(model, "overrides", {})), "date": "2024"}


def make_sentence_transformers():
    import sentence_transformers as s
    import transformers as t
    yield "pooling", s.models.Pooling(8)
    yield "dense", s.models.Dense(8, 4)
    yield "normalize", s.models.Normalize()
    yield "modules", s.SentenceTransformer(modules=[s.models.Pooling(8), s.models.Dense(8, 4)])
    if hasattr(s, "SentenceTransformerTrainingArguments"):
        yield "arguments", s.SentenceTransformerTrainingArguments("out", use_cpu=True)


def make_skorch():
    import numpy as np
    import skorch
    import torch
    for cls in (skorch.NeuralNetClassifier, skorch.NeuralNetRegressor):
        net = cls(torch.nn.Linear, module__in_features=4, module__out_features=2 if cls is skorch.NeuralNetClassifier else 1, max_epochs=1, verbose=0,
                  **({"criterion": torch.nn.CrossEntropyLoss} if cls is skorch.NeuralNetClassifier else {}))
        y = np.arange(40) % 2
        net.fit(np.random.rand(40, 4).astype("float32"), y.astype("int64") if cls is skorch.NeuralNetClassifier else y.astype("float32").reshape(-1, 1))
        yield cls.__name__, net


def make_speechbrain():
    import speechbrain
    from speechbrain.dataio.encoder import CategoricalEncoder
    encoder = CategoricalEncoder()
    encoder.update_from_iterable(["a", "b"])
    yield "encoder", encoder
    from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN
    yield "ecapa", ECAPA_TDNN(8, channels=[8, 8, 8, 8, 16], attention_channels=4, lin_neurons=4)
    from speechbrain.processing.features import InputNormalization
    yield "normalization", InputNormalization()


def make_stable_baselines3():
    import gymnasium
    import stable_baselines3 as sb3
    from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize
    yield "spaces", [gymnasium.spaces.Discrete(3), gymnasium.spaces.Box(0, 1, (2,)), gymnasium.spaces.Dict(a=gymnasium.spaces.Discrete(2))]
    for name in ("PPO", "A2C", "DQN"):
        model = getattr(sb3, name)("MlpPolicy", "CartPole-v1", device="cpu")
        yield name + "_state", model.policy.state_dict()
        yield name + "_zip", lambda path, model=model: model.save(path + ".zip")
    yield "policy", model.policy


def make_fastai():
    import pandas as pd
    from fastai.tabular.all import CategoryBlock, Categorify, FillMissing, Normalize, TabularDataLoaders, accuracy, tabular_learner
    frame = pd.DataFrame({"a": list("xyz") * 20, "b": range(60), "y": list("ab") * 30})
    loaders = TabularDataLoaders.from_df(frame, procs=[Categorify, FillMissing, Normalize], cat_names=["a"], cont_names=["b"], y_names="y", y_block=CategoryBlock(), bs=8)
    learner = tabular_learner(loaders, layers=[8], metrics=accuracy)
    yield "learner", lambda path: learner.export(path + ".pkl")
    yield "model", learner.model


def make_torch_geometric():
    import torch
    from torch_geometric.data import Data, HeteroData
    from torch_geometric.nn import GATConv, GCNConv, GraphSAGE, SAGEConv
    yield "data", Data(x=torch.ones(3, 2), edge_index=torch.tensor([[0, 1], [1, 2]]))
    yield "layers", [GCNConv(2, 2), GATConv(2, 2), SAGEConv(2, 2)]
    yield "model", GraphSAGE(2, 4, 2)


def make_pytorch_tabnet():
    import numpy as np
    from pytorch_tabnet.tab_model import TabNetClassifier
    model = TabNetClassifier(verbose=0)
    model.fit(np.random.rand(64, 4), np.arange(64) % 2, max_epochs=1, batch_size=32, virtual_batch_size=16)
    yield "classifier", model
    yield "network", model.network


def make_omegaconf():
    from omegaconf import OmegaConf
    yield "nested", OmegaConf.create({"a": 1, "b": {"c": [1, 2, "x"], "d": None}, "e": 1.5, "f": True})
    yield "reference", OmegaConf.create({"a": 1, "b": "${a}"})
    yield "list", OmegaConf.create([1, {"x": 2}])


def make_configs():
    for module, name in (("easydict", "EasyDict"), ("addict", "Dict"), ("munch", "Munch"), ("box", "Box"), ("ml_collections", "ConfigDict"), ("yacs.config", "CfgNode")):
        try:
            yield name, getattr(importlib.import_module(module), name)({"a": 1, "b": {"c": [1, 2]}})
        except ImportError:
            continue


def make_spacy():
    import spacy
    nlp = spacy.blank("en")
    yield "blank", nlp
    yield "doc", nlp("This is a text about Berlin.")
    yield "vocab", nlp.vocab
    for language in ("de", "fr", "es"):
        yield "blank_" + language, spacy.blank(language)
    rules = spacy.blank("en")
    ruler = rules.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "CITY", "pattern": "Berlin"}])
    yield "rules", rules
    trained = spacy.blank("en")
    categories = trained.add_pipe("textcat")
    categories.add_label("A")
    categories.add_label("B")
    from spacy.training import Example
    trained.initialize(lambda: [Example.from_dict(trained.make_doc("x"), {"cats": {"A": 1.0, "B": 0.0}})])
    yield "categories", trained
    yield "strings", nlp.vocab.strings


def make_networkx():
    import networkx
    yield "graph", networkx.path_graph(4)
    yield "digraph", networkx.DiGraph([(1, 2)])
    yield "multi", networkx.MultiGraph([(1, 2)])


def make_pillow():
    from PIL import Image
    yield "image", Image.new("RGB", (4, 4))


def make_keras():
    try:
        from keras.preprocessing.text import Tokenizer
    except ImportError:
        try:
            from keras_preprocessing.text import Tokenizer
        except ImportError:
            from keras.src.legacy.preprocessing.text import Tokenizer
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["a b", "b c"])
    yield "tokenizer", tokenizer


def make_datasets():
    import datasets
    yield "features", datasets.Features({"a": datasets.Value("int64"), "l": datasets.ClassLabel(names=["x", "y"]), "s": datasets.Sequence(datasets.Value("string"))})
    yield "dataset", datasets.Dataset.from_dict({"a": [1, 2]})


def make_pyannote():
    from pyannote.core import Annotation, Segment, Timeline
    annotation = Annotation()
    annotation[Segment(0, 1)] = "a"
    yield "annotation", annotation
    yield "timeline", Timeline([Segment(0, 1)])


def make_monai():
    from monai.networks.nets import UNet
    from monai import transforms
    yield "unet", UNet(2, 1, 1, (4, 8), (2,))
    yield "transforms", transforms.Compose([transforms.ScaleIntensity(), transforms.RandFlip()])


def make_hdbscan():
    import hdbscan
    import numpy as np
    yield "hdbscan", hdbscan.HDBSCAN(min_cluster_size=3, prediction_data=True).fit(np.random.rand(40, 2))


def make_prophet():
    import prophet
    yield "prophet", prophet.Prophet()


def make_shap():
    import numpy as np
    import shap
    yield "explanation", shap.Explanation(np.ones(3))


# Libraries that the table was not made from.

def make_hmmlearn():
    import numpy as np
    from hmmlearn import hmm
    x = np.random.rand(60, 2)
    yield "gaussian", hmm.GaussianHMM(2).fit(x)
    yield "mixture", hmm.GMMHMM(2, 2).fit(x)


def make_pmdarima():
    import numpy as np
    import pmdarima
    yield "arima", pmdarima.ARIMA((1, 0, 0)).fit(np.random.rand(50))


def make_mlxtend():
    import numpy as np
    from mlxtend.classifier import EnsembleVoteClassifier, LogisticRegression, StackingClassifier
    from mlxtend.preprocessing import TransactionEncoder
    from sklearn.tree import DecisionTreeClassifier
    x, y = np.random.rand(40, 3), np.arange(40) % 2
    yield "encoder", TransactionEncoder().fit([["a", "b"], ["b"]])
    yield "logistic", LogisticRegression(epochs=3).fit(x, y)
    yield "vote", EnsembleVoteClassifier([DecisionTreeClassifier(), DecisionTreeClassifier()]).fit(x, y)
    yield "stacking", StackingClassifier([DecisionTreeClassifier()], DecisionTreeClassifier()).fit(x, y)


def make_kmodes():
    import numpy as np
    from kmodes.kmodes import KModes
    from kmodes.kprototypes import KPrototypes
    x = np.random.randint(0, 3, (40, 3))
    yield "modes", KModes(2).fit(x)
    yield "prototypes", KPrototypes(2).fit(x.astype(object), categorical=[2])


def make_minisom():
    import numpy as np
    from minisom import MiniSom
    yield "som", MiniSom(3, 3, 2).__class__(3, 3, 2)


def make_pyod():
    import numpy as np
    x = np.random.rand(60, 3)
    for module, name in (("iforest", "IForest"), ("knn", "KNN"), ("lof", "LOF"), ("pca", "PCA"), ("hbos", "HBOS"), ("ecod", "ECOD"), ("copod", "COPOD"), ("ocsvm", "OCSVM"), ("mcd", "MCD")):
        yield name, getattr(importlib.import_module("pyod.models." + module), name)().fit(x)


def make_tslearn():
    import numpy as np
    from tslearn.clustering import TimeSeriesKMeans
    from tslearn.preprocessing import TimeSeriesScalerMeanVariance
    x = np.random.rand(10, 8, 1)
    yield "kmeans", TimeSeriesKMeans(2, max_iter=2).fit(x)
    yield "scaler", TimeSeriesScalerMeanVariance().fit(x)


def make_mapie():
    import numpy as np
    from mapie.regression import MapieRegressor
    yield "regressor", MapieRegressor(cv=3).fit(np.random.rand(40, 3), np.random.rand(40))


def make_skopt():
    import skopt
    from skopt import space
    yield "space", [space.Real(0, 1), space.Integer(0, 3), space.Categorical(["a", "b"])]
    optimizer = skopt.Optimizer([(0.0, 1.0)], n_initial_points=2)
    for value in (0.1, 0.5, 0.9):
        optimizer.tell([value], value)
    yield "optimizer", optimizer


def make_ngboost():
    import ngboost
    import numpy as np
    yield "regressor", ngboost.NGBRegressor(n_estimators=3, verbose=False).fit(np.random.rand(60, 3), np.random.rand(60))
    yield "classifier", ngboost.NGBClassifier(n_estimators=3, verbose=False).fit(np.random.rand(60, 3), np.arange(60) % 2)


def make_pygam():
    import numpy as np
    import pygam
    yield "linear", pygam.LinearGAM(n_splines=5).fit(np.random.rand(60, 2), np.random.rand(60))
    yield "logistic", pygam.LogisticGAM(n_splines=5).fit(np.random.rand(60, 2), np.arange(60) % 2)


def make_sktime():
    import pandas as pd
    from sktime.forecasting.naive import NaiveForecaster
    from sktime.forecasting.trend import TrendForecaster
    from sktime.transformations.series.detrend import Detrender
    series = pd.Series(range(20), index=pd.period_range("2020", periods=20, freq="M"), dtype=float)
    yield "naive", NaiveForecaster().fit(series)
    yield "trend", TrendForecaster().fit(series)
    yield "detrend", Detrender().fit(series)


def make_river():
    from river import compose, linear_model, naive_bayes, preprocessing, tree
    model = compose.Pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    for i in range(20):
        model.learn_one({"a": i, "b": i % 3}, i % 2 == 0)
    yield "pipeline", model
    forest = tree.HoeffdingTreeClassifier()
    for i in range(50):
        forest.learn_one({"a": i, "b": i % 3}, i % 2 == 0)
    yield "hoeffding", forest
    yield "bayes", naive_bayes.GaussianNB()


def make_optuna():
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    yield "study", study
    yield "sampler", optuna.samplers.TPESampler()
    yield "pruner", optuna.pruners.MedianPruner()


def make_deap():
    from deap import base, gp, tools
    yield "fame", tools.HallOfFame(3)
    yield "logbook", tools.Logbook()
    yield "statistics", tools.ParetoFront()


def make_rank_bm25():
    import rank_bm25
    corpus = [["a", "b"], ["b", "c"], ["d"]]
    for name in ("BM25Okapi", "BM25L", "BM25Plus"):
        yield name, getattr(rank_bm25, name)(corpus)


def make_sympy():
    import sympy
    x, y = sympy.symbols("x y")
    yield "expression", sympy.sin(x) ** 2 + y / 3
    yield "matrix", sympy.Matrix([[1, x], [y, 2]])


def make_shapely():
    import shapely.geometry
    yield "geometry", [shapely.geometry.Point(0, 1), shapely.geometry.Polygon([(0, 0), (1, 0), (1, 1)])]


def make_xarray():
    import numpy as np
    import xarray
    yield "array", xarray.DataArray(np.ones((2, 3)), dims=("a", "b"))
    yield "dataset", xarray.Dataset({"v": ("a", np.ones(3))})


def make_pgmpy():
    from pgmpy.factors.discrete import TabularCPD
    try:
        from pgmpy.models import DiscreteBayesianNetwork as Network
    except ImportError:
        from pgmpy.models import BayesianNetwork as Network
    model = Network([("A", "B")])
    model.add_cpds(TabularCPD("A", 2, [[0.5], [0.5]]), TabularCPD("B", 2, [[0.1, 0.2], [0.9, 0.8]], ["A"], [2]))
    yield "network", model


def make_filterpy():
    from filterpy.kalman import ExtendedKalmanFilter, KalmanFilter
    yield "kalman", [KalmanFilter(2, 1), ExtendedKalmanFilter(2, 1)]


def make_bayes_opt():
    from bayes_opt import BayesianOptimization
    yield "optimizer", BayesianOptimization(f=None, pbounds={"x": (0, 1)}, verbose=0)


def make_sacremoses():
    import sacremoses
    yield "tokenizer", [sacremoses.MosesTokenizer("en"), sacremoses.MosesDetokenizer("en"), sacremoses.MosesPunctNormalizer("en")]


def make_textblob():
    import textblob
    yield "blob", textblob.TextBlob("a good text")


# Counted apart: classes of the user's own, and picklers that carry code.

class Net:
    """A class of the user's own, in the program that writes."""

    def __init__(self):
        self.weights, self.name = [1.0, 2.0], "net"


def make_own():
    yield "object", Net()
    yield "list", [Net(), Net()]


def make_cloudpickle():
    import cloudpickle
    yield "plain", lambda path: open(path + ".pkl", "wb").write(cloudpickle.dumps({"a": [1, 2], "b": (None, 1.5)}))
    yield "function", lambda path: open(path + ".pkl", "wb").write(cloudpickle.dumps(lambda v: v + 1))


def make_dill():
    import dill
    yield "plain", lambda path: open(path + ".pkl", "wb").write(dill.dumps({"a": [1, 2], "b": (None, 1.5)}))
    yield "function", lambda path: open(path + ".pkl", "wb").write(dill.dumps(lambda v: v + 1))


# ---- Writing -----------------------------------------------------------------------------------

# How objects of a library are written besides by pickle.
BY_JOBLIB = {"numpy", "scipy", "sklearn", "imblearn", "xgboost", "lightgbm", "pandas", "skorch", "category_encoders", "feature_engine", "mlxtend", "pyod"}
BY_TORCH = {"torch", "torchvision", "torchmetrics", "transformers", "accelerate", "diffusers", "peft", "trl", "pytorch_lightning", "lightning", "timm", "ultralytics",
            "sentence_transformers", "speechbrain", "torch_geometric", "monai", "pytorch_tabnet", "omegaconf", "stable_baselines3", "fastai"}
DISTRIBUTIONS = {"sklearn": "scikit-learn", "imblearn": "imbalanced-learn", "skopt": "scikit-optimize", "pillow": "pillow", "bayes_opt": "bayesian-optimization",
                 "pyannote": "pyannote.core", "python": None, "own": None, "configs": None}


def version_of(library):
    name = DISTRIBUTIONS.get(library, library)
    if name is None:
        return "%d.%d" % sys.version_info[:2]
    try:
        from importlib import metadata
        return metadata.version(name)
    except Exception:
        try:
            import pkg_resources
            return pkg_resources.get_distribution(name).version
        except Exception:
            return "?"


def too_slow(*_):
    raise RuntimeError("took too long")


def main():
    folder, libraries = sys.argv[1], sys.argv[2:]
    os.makedirs(folder, exist_ok=True)
    protocols = [4, 2, 3, 0, 1] + ([5] if sys.version_info >= (3, 8) else [])
    signal.signal(signal.SIGALRM, too_slow)
    turn = 0
    with open(os.path.join(folder, "index.jsonl"), "a") as index:
        for library in libraries:
            version, made, failed = version_of(library), 0, 0

            def write(name, how, writer):
                nonlocal made, failed
                path = os.path.join(folder, "%s-%s" % (library, name.replace("/", "_")))
                before = set(os.listdir(folder))
                try:
                    signal.alarm(60)
                    writer(path)
                    signal.alarm(0)
                except Exception as problem:
                    signal.alarm(0)
                    failed += 1
                    print("  %s %s by %s: %s" % (library, name, how, str(problem)[:100]), file=sys.stderr)
                    for file in set(os.listdir(folder)) - before:
                        os.remove(os.path.join(folder, file))
                    return
                for file in sorted(set(os.listdir(folder)) - before):
                    made += 1
                    index.write(json.dumps({"file": file, "library": DISTRIBUTIONS.get(library) or library, "version": version, "how": how}) + "\n")

            try:
                makers = globals()["make_" + library]()
                while True:
                    signal.alarm(300)
                    try:
                        name, value = next(makers)
                    except StopIteration:
                        break
                    finally:
                        signal.alarm(0)
                    if callable(value) and getattr(value, "__name__", "") == "<lambda>":
                        write(name, "its own", value)
                        continue
                    protocol = protocols[turn % len(protocols)]
                    turn += 1

                    def by_pickle(path):
                        data = pickle.dumps(value, protocol)
                        with open("%s.p%d.pkl" % (path, protocol), "wb") as file:
                            file.write(data)
                    write(name, "pickle %d" % protocol, by_pickle)
                    if library in BY_JOBLIB and turn % 3 == 0:
                        import joblib
                        write(name, "joblib", lambda path: joblib.dump(value, path + ".joblib", compress=turn % 2 * 3))
                    if library in BY_TORCH:
                        import torch
                        if turn % 4:
                            write(name, "torch.save", lambda path: torch.save(value, path + ".pt"))
                        else:
                            write(name, "torch.save, legacy", lambda path: torch.save(value, path + ".pth", _use_new_zipfile_serialization=False))
            except Exception as problem:
                print("%s stopped: %s: %s" % (library, type(problem).__name__, str(problem)[:300]), file=sys.stderr)
            print("%s %s: %d files, %d could not be written" % (library, version, made, failed), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
