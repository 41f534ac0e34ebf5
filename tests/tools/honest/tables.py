"""Objects of Python itself, and of libraries that work on tables of numbers.

Each maker yields (name, object), or (name, lambda that writes to a path). Runs on Python 3.6 and newer.
"""
import collections
import importlib
import sys


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


def make_hdbscan():
    import hdbscan
    import numpy as np
    yield "hdbscan", hdbscan.HDBSCAN(min_cluster_size=3, prediction_data=True).fit(np.random.rand(40, 2))


def make_shap():
    import numpy as np
    import shap
    yield "explanation", shap.Explanation(np.ones(3))


def make_prophet():
    import prophet
    yield "prophet", prophet.Prophet()


def make_several():
    """Several objects, written one after another by one Pickler: its memo goes on from each to the next."""
    import datetime, decimal, pickle
    import numpy as np
    try:
        import pandas as pd
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.linear_model import LinearRegression, LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        pd = None
    x = np.random.rand(30, 3)
    y = (x[:, 0] > 0.5).astype(int)
    shared = {"lr": 0.1, "names": ["a", "b"]}
    rows = {"arrays": [x, y, x * 2], "same": [x, x, [x, y]], "settings": [shared, [shared, 1], {"x": shared}],
            "dates": [datetime.datetime.now(), datetime.timedelta(1), datetime.date.today()],
            "collections": [collections.OrderedDict(a=1), collections.OrderedDict(b=2), collections.Counter("aab"), collections.defaultdict(list)],
            "records": [{"id": i, "value": np.float64(i), "time": datetime.datetime(2020, 1, 1 + i)} for i in range(20)],
            "scalars": [np.float32(1), np.float64(2), np.float32(3)], "decimals": [decimal.Decimal("1.5"), decimal.Decimal("2.5")],
            "sets": [{1, 2}, frozenset("ab"), {"a"}], "words": ["a", "b", ["a", "b", "c"]]}
    if pd is not None:
        line, forest = LinearRegression().fit(x, y), RandomForestClassifier(3).fit(x, y)
        pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
        frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
        rows.update(models=[line, forest, pipeline], again=[forest, forest, line], frames=[frame, frame.copy(), frame["a"]],
                    epochs=[{"epoch": 1, "model": line}, {"epoch": 2, "model": forest}, x], series=[frame["a"], frame["b"], frame.index])

    def by_one_pickler(path, objects, protocol):
        with open("%s.p%d.pkl" % (path, protocol), "wb") as file:
            pickler = pickle.Pickler(file, protocol)
            for one in objects:
                pickler.dump(one)

    for name, objects in rows.items():
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            yield name + str(protocol), (lambda objects, protocol: lambda path: by_one_pickler(path, objects, protocol))(objects, protocol)
