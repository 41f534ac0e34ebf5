"""The environments in which honest pickles are made.

What of them is held out, and by which rule, is told in honest_pickles.py.

The libraries of which nothing was read were chosen by a rule that was fixed before any was looked at: of the
15,000 most downloaded packages of PyPI, those whose name or summary speaks of what models are made with
(scikit-learn, PyTorch, machine or deep learning, neural network, time series, estimator, classifier,
regression, clustering, forecast, Bayesian, Gaussian process, reinforcement learning, anomaly, transformers,
topic model, gradient boosting, statistical model), and of these, a quarter: those for whose name the first
hexadecimal digit of its SHA-256 is 0, 1, 2 or 3. Left out of them are packages that had been read or held out
before, that have no objects which their users would write, or that cannot be installed beside the others as
wheels. The versions are the newest that can.
"""

# Name, Python, packages, libraries whose makers are run (write.py).
ENVIRONMENTS = [
    ("sklearn-0.20", "3.6", "scikit-learn==0.20.4 numpy==1.14.6 pandas==0.23.4 scipy==1.2.3 joblib==0.11 xgboost==0.90 statsmodels==0.10.2",
     "python several numpy scipy pandas sklearn xgboost statsmodels"),
    ("sklearn-0.22", "3.7", "scikit-learn==0.22.2.post1 numpy==1.18.5 pandas==1.0.5 scipy==1.4.1 joblib==0.14.1 xgboost==1.0.2 lightgbm==2.3.1 statsmodels==0.11.1",
     "numpy scipy pandas sklearn xgboost lightgbm statsmodels"),
    ("sklearn-0.24", "3.8", "scikit-learn==0.24.1 numpy==1.20.3 pandas==1.2.2 scipy==1.6.3 xgboost==1.5.1 lightgbm==3.2.0 statsmodels==0.12.1 joblib==1.0.0 "
     "nltk==3.7 lifelines==0.26.4", "numpy scipy pandas sklearn xgboost lightgbm statsmodels nltk lifelines"),
    ("sklearn-1.1", "3.9", "scikit-learn==1.1.1 numpy==1.23.1 pandas==1.4.2 scipy==1.9.1 joblib==1.1.0 xgboost==1.6.1 lightgbm==3.3.1 statsmodels==0.13.1 "
     "imbalanced-learn==0.9.0 category-encoders==2.5.1.post0 feature-engine==1.5.2 catboost==1.1.1 gensim==4.3.1",
     "numpy scipy pandas sklearn xgboost lightgbm statsmodels category_encoders feature_engine catboost gensim"),
    ("sklearn-1.4", "3.10", "scikit-learn==1.4.0 numpy==1.26.3 pandas==2.1.2 scipy==1.11.3 joblib==1.3.1 xgboost==2.0.1 lightgbm==4.2.0 statsmodels==0.14.0 "
     "imbalanced-learn==0.12.2", "numpy scipy pandas sklearn xgboost lightgbm statsmodels own"),
    ("sklearn-1.9", "3.12", "scikit-learn==1.9.1 numpy==2.5.5 pandas==3.1.1 scipy==1.18.1 joblib==1.6.0 xgboost==3.4.1 lightgbm==4.7.0 statsmodels==0.15.0 "
     "imbalanced-learn==0.14.2 category-encoders==2.11.2 feature-engine==1.9.4 catboost==1.2.10",
     "python several numpy scipy pandas sklearn imblearn xgboost lightgbm statsmodels category_encoders feature_engine catboost own"),
    ("others-3.10", "3.10", "hmmlearn==0.3.0 pmdarima==2.0.3 mlxtend==0.23.3 kmodes==0.12.0 pyod==2.0.7 tslearn==0.6.2 mapie==0.8.6 scikit-optimize==0.10.1 "
     "ngboost==0.5.2 pygam==0.10.1 sktime==0.28.0 numpy==1.26.4", "hmmlearn pmdarima mlxtend kmodes pyod tslearn mapie skopt ngboost pygam sktime"),
    ("others-3.11", "3.11", "river==0.22.0 optuna==4.2.0 deap==1.4.2 rank-bm25==0.2.2 sympy==1.13.1 shapely==2.1.1 xarray==2025.1.1 "
     "bayesian-optimization==2.0.2 textblob==0.19.0 scikit-learn==1.6.0 pandas==2.3.1 numpy==2.1.3 scipy==1.16.0",
     "river optuna deap rank_bm25 sympy shapely xarray bayes_opt textblob sklearn pandas numpy scipy"),
    ("words-3.10", "3.10", "keras-preprocessing==1.1.2 omegaconf==2.4.0 easydict==1.14 addict==2.4.0 munch==4.0.0 python-box==7.3.2 ml-collections==1.1.0 yacs==0.1.8 "
     "spacy==3.6.1 networkx==3.1 pillow==10.3.0 gensim==4.3.2 nltk==3.9.1 pyannote.core==5.0.0 lifelines==0.28.0 sklearn-crfsuite==0.5.0 shap==0.42.1 "
     "hdbscan==0.8.38.post2 cloudpickle==3.1.3 dill==0.3.8 numpy==1.26.4 scipy==1.11.4",
     "keras omegaconf configs spacy networkx pillow gensim nltk pyannote sklearn_crfsuite shap hdbscan cloudpickle dill"),
    ("torch-1.11", "3.8", "torch==1.11.0 torchvision==0.12.0 transformers==4.27.4 pytorch-lightning==1.7.6 timm==0.6.12 fastai==2.7.9 skorch==0.12.0 torchmetrics==0.10.2 "
     "pytorch-tabnet==4.0 tokenizers numpy==1.23.4 scikit-learn==1.1.2 speechbrain==0.5.13",
     "torch torchvision transformers tokenizers pytorch_lightning timm fastai skorch torchmetrics pytorch_tabnet speechbrain"),
    ("torch-2.2", "3.10", "torch==2.2.2 torchvision==0.17.2 transformers==4.43.4 accelerate==0.32.1 diffusers==0.28.2 peft==0.11.0 trl==0.8.5 lightning==2.3.1 timm==1.0.7 "
     "ultralytics==8.2.50 skorch==1.1.0 stable-baselines3==2.3.0 sentence-transformers==3.1.1 torch-geometric==2.5.2 monai==1.3.1 datasets==2.18.0 numpy==1.26.4 "
     "torchmetrics==1.3.2 spacy==3.7.2", "torch torchvision transformers tokenizers accelerate peft trl lightning timm ultralytics skorch stable_baselines3 "
     "sentence_transformers torch_geometric monai datasets torchmetrics spacy"),
    ("torch-2.6", "3.11", "torch==2.6.0 torchvision==0.21.0 transformers==4.49.0 accelerate==1.3.0 diffusers==0.31.0 peft==0.14.0 trl==0.15.2 lightning==2.2.5 "
     "pytorch-lightning==2.2.5 timm==1.0.9 ultralytics==8.3.100 skorch==0.15.0 sentence-transformers==3.4.1 torch-geometric==2.5.3 datasets==3.1.0 numpy==1.26.4",
     "torch torchvision transformers tokenizers accelerate diffusers peft trl lightning pytorch_lightning timm ultralytics torch_geometric"),
    # Libraries that were held out once, and have been read since.
    ("sciences-3.11", "3.11",
     "scikit-survival==0.26.0 scikit-lego==0.9.10 prince==0.23.0 scikit-multilearn==0.2.0 imodels==3.0.4 arch==8.0.0 filterpy==2.0.0 "
     "pykalman==0.11.2 cma==4.5.0 pymoo==0.6.2 nevergrad==1.0.12 ConfigSpace==1.2.2 emcee==3.1.6 copulas==0.14.1 implicit==0.7.3 "
     "symspellpy==6.10.1 bm25s==0.3.16 yake==0.7.3 textdistance==4.6.3 snowballstemmer==3.1.1 astropy==8.0.2 pint==0.25.3 uncertainties==3.2.3 "
     "biopython==1.88 ase==3.29.0 chess==1.10.0 treelib==1.8.0 anytree==2.13.0 intervaltree==3.2.1 bidict==0.24.1 pyrsistent==0.20.0 "
     "pendulum==3.3.0 arrow==1.4.0 trimesh==5.2.0 scikit-image==0.26.0 simpy==4.1.2 sparse==0.19.3 polars==2.1.0 faiss-cpu==1.15.1 igraph==1.0.0 "
     "pyphen==0.18.1 bitarray==3.12.3 boltons==26.2.0 portion==2.6.3 mido==1.3.3 pretty_midi==0.2.11.post0 lifetimes==0.11.3 scikit-fuzzy==0.5.0 "
     "linearmodels==7.1 PyWavelets==1.9.0 pyswarms==1.3.0 cvxpy==1.9.3 pulp==3.3.2 pyomo==6.10.1 tldextract==5.4.0 mesa==3.3.1 pingouin==0.6.1 "
     "numpy==2.2.6 scikit-learn==1.6.1 pandas==2.2.3 scipy==1.15.3 joblib==1.6.0",
     "sksurv sklego imodels skmultilearn prince arch filterpy pykalman cma pymoo nevergrad ConfigSpace emcee copulas implicit symspellpy "
     "bm25s yake textdistance snowballstemmer astropy pint uncertainties Bio ase chess treelib anytree intervaltree bidict pyrsistent pendulum "
     "arrow trimesh skimage simpy sparse polars faiss igraph pyphen bitarray boltons portion mido pretty_midi lifetimes skfuzzy linearmodels pywt "
     "pyswarms cvxpy pulp pyomo tldextract mesa pingouin"),
    ("networks-2.6", "3.11",
     "torch==2.6.0 gpytorch==1.15.2 botorch==0.18.1 pyro-ppl==1.9.2 kornia==0.9.0 torchio==1.2.1 captum==0.9.0 x-transformers==2.31.10 "
     "vector-quantize-pytorch==1.32.0 pytorch-metric-learning==2.9.0 torchdiffeq==0.2.5 torchsde==0.2.6 e3nn==0.6.0 "
     "pytorch-ignite==0.5.5 ema-pytorch==0.8.3 denoising-diffusion-pytorch==2.3.4 "
     "pykeen==1.11.1 rotary-embedding-torch==0.9.1 tianshou==2.0.1 pytorch-forecasting==1.8.0 audiomentations==0.43.1 "
     "pytorch-optimizer==4.1.0 lion-pytorch==0.2.5 transformers==4.49.0 lightning==2.2.5 numpy==1.26.4",
     "gpytorch botorch pyro kornia torchio captum x_transformers vector_quantize_pytorch pytorch_metric_learning torchdiffeq torchsde "
     "e3nn ignite ema_pytorch denoising_diffusion_pytorch pykeen rotary_embedding_torch tianshou "
     "pytorch_forecasting audiomentations pytorch_optimizer lion_pytorch"),
    # Libraries of which nothing was read.
    ("unread-3.11", "3.11",
     "statsforecast==2.1.1 hierarchicalforecast==1.5.3 flaml[automl]==2.7.0 interpret-core==0.7.8 skrub==0.11.0 skfolio==1.12.2 rdrobust==2.1.1 "
     "aplr==10.27.0 dask-ml==2025.1.0 sklearndf==2.4.2 equinox==0.13.8 jraph==0.0.6.dev0 tensorflow-cpu==2.21.0 "
     "numpy==2.2.6 scikit-learn==1.6.1 pandas==2.2.3 scipy==1.15.3 joblib==1.5.2",
     "statsforecast hierarchicalforecast flaml interpret skrub skfolio rdrobust aplr dask_ml sklearndf equinox jraph tensorflow"),
    ("unread-torch", "3.11",
     "torch==2.6.0 torchvision==0.21.0 transformers==4.49.0 julius==0.2.8 torchtnt==0.2.4 torchdata==0.11.0 "
     "spacy-transformers==1.4.0 nnaudio==0.3.4 adam-atan2-pytorch==0.4.1 schedulefree==1.4.1 torchsr==1.0.4 pytorchcv==0.0.74 "
     "pytorch-crf==0.7.2 torch-dct==0.1.6 torch-dftd==0.5.3 pytorch-revgrad==0.2.0 k-diffusion==0.1.1.post1 mct-quantizers==1.7.0 "
     "numpy==1.26.4 scikit-learn==1.6.1 pandas==2.2.3 scipy==1.15.3",
     "julius torchtnt torchdata spacy_transformers nnAudio adam_atan2_pytorch schedulefree torchsr pytorchcv torchcrf "
     "torch_dct torch_dftd pytorch_revgrad k_diffusion mct_quantizers"),
]
